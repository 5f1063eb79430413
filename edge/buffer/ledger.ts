import type { GapRecord } from '@gongfu/shared/model/sample';

/** What the store knows about itself; written in every transaction, so it is always true of the batches beside it. */
export interface Ledger {
  readonly version: number;
  readonly epoch: number;
  readonly lastSequence: number;
  readonly batches: number;
  readonly usedBytes: number;
  /** Newest source time ever appended, UTC epoch ms; 0 before the first. */
  readonly newestTime: number;
  /** False while an agent has it open: found false at the next opening, that agent was killed. */
  readonly closed: boolean;
  /** Gap records ever written in this epoch, those of the collector included. */
  readonly gapsTotal: number;
  /** Gap records no batch carries yet. */
  readonly gapsWaiting: readonly GapRecord[];
}

/**
 * 1: batches of version 1 only. 2: also of version 2, which an agent of the time of 1 could neither read nor hand to the cloud of its
 * time; it refuses such a store.
 */
export const ledgerVersion = 2;

export function newLedger(epoch: number, gapsWaiting: readonly GapRecord[]): Ledger {
  return {
    version: ledgerVersion,
    epoch,
    lastSequence: 0,
    batches: 0,
    usedBytes: 0,
    newestTime: 0,
    closed: false,
    gapsTotal: gapsWaiting.length,
    gapsWaiting,
  };
}

/** Undefined when it is not a ledger. One of a newer version passes: only its `version` is then to be trusted. */
export function readLedger(stored: unknown): Ledger | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const ledger = stored as Ledger;
  if (Number.isSafeInteger(ledger.version) && ledger.version > ledgerVersion) return ledger;
  const { version, epoch, lastSequence, batches, usedBytes, gapsTotal } = ledger;
  const numbers = [version, epoch, lastSequence, batches, usedBytes, gapsTotal];
  return numbers.every((value) => Number.isSafeInteger(value) && value >= 0) && Array.isArray(ledger.gapsWaiting)
    ? ledger
    : undefined;
}
