/** A batch put off is sent again after so long at the latest, whatever was asked for. */
export const retryAfterMsMax = 60_000;

/**
 * The cloud's answer to one batch.
 * stored = rows and watermark are durable, the gateway may forget it; duplicate = they already were, forget it too;
 * retry = not stored, keep it and send it again after `retryAfterMs`, a minute at most;
 * refused = it can never be stored, its raw bytes are in quarantine: the gateway forgets it and writes a gap record.
 */
export type BatchAnswer =
  | { readonly outcome: 'stored' | 'duplicate' }
  | { readonly outcome: 'retry'; readonly retryAfterMs: number; readonly code: string; readonly detail: string }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string };

/** A refusal of `hello` or of the connection itself (then in the connect error's `data`). */
export interface Refusal {
  readonly accepted: false;
  readonly code: string;
  readonly detail: string;
  readonly advice: string;
}
