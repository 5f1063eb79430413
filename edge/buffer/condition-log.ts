import type { GapRecord } from '@gongfu/shared/model/sample';
import type { ConditionReport } from '@gongfu/shared/wire/condition';

export interface KeptReport {
  /** Counts up from 1 within the epoch of the buffer; a number is given once. */
  readonly number: number;
  /** Undefined where the disk has damaged it. */
  readonly report: ConditionReport | undefined;
}

/**
 * What sources said of their conditions, beside the batches of samples: durable once `append` has resolved, kept in order until the
 * cloud has it, or until there is more than its part of the buffer holds.
 */
export interface ConditionLog {
  /**
   * Over the limit the oldest leave: the answer names them, for a batch to carry.
   * @throws Problem with reaction retry when nothing was kept.
   */
  append(reports: readonly ConditionReport[]): Promise<GapRecord[]>;
  /** In order, of numbers > `after`, at most `countMax` and about `bytesMax` (at least one). */
  read(after: number, limits: { readonly countMax: number; readonly bytesMax: number }): KeptReport[];
  /** The cloud has all up to this number. */
  forget(upTo: number): Promise<void>;
  /** How many wait for the cloud. */
  readonly waiting: number;
}
