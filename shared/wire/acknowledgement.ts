/**
 * The cloud's answer to one batch.
 * stored = rows and watermark are durable, the gateway may forget it; duplicate = they already were, forget it too;
 * retry = not stored, keep it and send it again after `retryAfterMs`;
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
