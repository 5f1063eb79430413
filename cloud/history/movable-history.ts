import type { AdmittedBatch, HistoryStore, HistoryTag, QuarantineRecord, WatermarkRange } from './history-store.ts';
import type { RetentionClass } from './retention.ts';

/** What retention took: of the tag, all of the class before that day (UTC epoch ms of its begin). */
export interface Expiry {
  readonly what: RetentionClass;
  readonly tag: number;
  readonly before: number;
}

/** Part of a history that moves. A batch may come in several pieces, but not two samples of one tag and source time. */
export interface RestoredPiece {
  readonly batches: readonly AdmittedBatch[];
  /** Not empty: its first tells afterwards whether the piece is stored. */
  readonly known: readonly WatermarkRange[];
  readonly quarantine?: readonly PlacedQuarantine[];
  readonly expired?: readonly Expiry[];
}

/** Its place keeps it apart from others of its gateway and millisecond, also where a piece is stored twice. Below a million. */
export type PlacedQuarantine = QuarantineRecord & { readonly place: number };

export interface QuarantinePage {
  readonly records: readonly QuarantineRecord[];
  /** Present where there may be more. */
  readonly cursor?: string;
}

/** A history is moved in stretches of this length, counted from the epoch on. */
export const stretchMs = 5 * 86_400_000;

/** Of one tag in the stretch that begins at `from` (UTC epoch ms). */
export interface Amount {
  readonly tag: number;
  readonly from: number;
  readonly samples: number;
}

/** A history that can be read whole, and filled with what another one had. */
export interface MovableHistory extends HistoryStore {
  /** Rows, gaps and the rest, with `known` in the watermark in the place of the batches' names, together or not at all. */
  restore(piece: RestoredPiece): Promise<void>;
  /**
   * How much there is in the stretches from that of `from` (UTC epoch ms) on, in no order, empty ones left out. Not fewer than
   * there are to read and at most twice as many; the same again as long as nothing is added. @throws Problem `history-expired`
   */
  amounts(query: { tags: readonly HistoryTag[]; from: number }): Promise<Amount[]>;
  /** In one order as long as nothing is added; a page ends early where its bytes are many. */
  quarantined(query: { limit: number; cursor?: string }): Promise<QuarantinePage>;
  /** The latest day of each class and tag that retention has touched, by class and tag. */
  expired(): Promise<Expiry[]>;
}
