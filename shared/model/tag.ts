import type { ValueType } from './value-type.ts';

/**
 * What a gateway tells the cloud about one of its tags. `number` is given by the gateway once for the identity
 * (source, name, type, scaled) and never used again for another, so a batch on disk stays readable after any change of configuration.
 */
export interface TagDeclaration {
  readonly number: number;
  readonly source: string;
  readonly name: string;
  readonly type: ValueType;
  /** True when the value is the source's integer times a scale or plus an offset: it then travels as a number. */
  readonly scaled: boolean;
  /** UCUM code, '' when unknown. */
  readonly unit: string;
  readonly description: string;
  /**
   * Longest time in ms between two samples while the source answers: the poll period, or the heartbeat of a tag
   * that reports only changes. Silence beyond it (with tolerance) means not observed.
   */
  readonly maxSilentMs: number;
}
