/** What the one who meets a problem does: try again later, let the item go (it is named elsewhere), or end the program. */
export type Reaction = 'retry' | 'drop' | 'stop';

export interface ProblemFields {
  /** Stable, kebab-case, listed in the program's problem catalogue. */
  readonly code: string;
  /** One sentence: what is wrong and where. */
  readonly detail: string;
  /** What the person reading it does next. */
  readonly advice: string;
  readonly reaction: Reaction;
  /** HTTP status when it leaves through the API; 500 unless told. */
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** All places that are wrong, when there is more than one. */
  readonly places?: readonly ProblemPlace[];
  readonly cause?: unknown;
}

export interface ProblemPlace {
  /** Path in the file or payload, as `sources[0].tags[3].type`, or a line such as `edge.yaml:12:7`. */
  readonly where: string;
  readonly what: string;
}

/** An error a person can act on. */
export class Problem extends Error {
  readonly code: string;
  readonly advice: string;
  readonly reaction: Reaction;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly places: readonly ProblemPlace[];

  constructor(fields: ProblemFields) {
    super(fields.detail, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'Problem';
    this.code = fields.code;
    this.advice = fields.advice;
    this.reaction = fields.reaction;
    this.status = fields.status ?? 500;
    this.retryAfterMs = fields.retryAfterMs;
    this.places = fields.places ?? [];
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
