/** What another tag must be before a write; several conditions must all hold. */
export interface Interlock {
  /** Undefined: the source of the tag that is written. */
  readonly source?: string | undefined;
  readonly tag: string;
  readonly equals?: boolean | number | string | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

/** How a tag may be written. Bounds are in its unit after scaling, both included; null where it has no numbers. */
export interface WriteRule {
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly interlocks: readonly Interlock[];
}
