import type { HistoryStore } from './history-store.ts';

/** How many whole days (UTC) each class is kept; absent is for ever. What is coarser is kept at least as long as what is finer. */
export interface Retention {
  readonly samples?: number | undefined;
  readonly minutes?: number | undefined;
  readonly hours?: number | undefined;
  readonly days?: number | undefined;
}

export const retentionClasses = ['samples', 'minutes', 'hours', 'days'] as const;
export type RetentionClass = (typeof retentionClasses)[number];

/** Who has a rule of its own: the history numbers of one tenant. */
export interface RetentionRule {
  readonly name: string;
  readonly tags: readonly number[];
  readonly keep: Retention;
}

export interface RetentionOrder {
  /** For all others. */
  readonly keep: Retention;
  readonly rules: readonly RetentionRule[];
}

/** What one run took away: of `name`, a rule's or undefined for all others. */
export interface Removal {
  readonly name: string | undefined;
  readonly what: RetentionClass;
  /** First and last day, UTC epoch ms of their begin. */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly days: number;
}

/** A history store that forgets by class and day. A range that was taken away is a Problem `history-expired`, never an empty answer. */
export interface HistoryRetention {
  /** Removes what is older than it is to be kept; resolves when that is done. */
  retain(order: RetentionOrder): Promise<readonly Removal[]>;
}

/** A store that may be able to forget. */
export type SomeHistory = HistoryStore & Partial<HistoryRetention>;
