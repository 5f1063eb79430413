import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LostSamples } from '@gongfu/shared/wire/decommission';
import { ledgerVersion } from './ledger.ts';
import { unpackRecord } from './record.ts';
import { openStore, type Store } from './store.ts';
import { faultOf } from './store-file.ts';

/** What lies in a buffer no agent runs on, and the cloud has not acknowledged. */
export interface Backlog extends LostSamples {
  /** Losses the cloud has not been told of; that of an agent which was killed is one. */
  readonly gaps: number;
  /** Reports of alarms the cloud does not have. */
  readonly conditions: number;
  /** Why the buffer could not be counted; then the numbers are -1. */
  readonly fault: string | undefined;
}

const uncounted = { samples: -1, gaps: -1, conditions: -1, fromTime: null, toTime: null };

/** Counts; the caller holds the lock of the folder. undefined: the cloud has everything. */
export async function backlogOf(folder: string): Promise<Backlog | undefined> {
  const file = join(folder, 'buffer.mdb');
  if (!existsSync(file)) return undefined;
  const fault = faultOf(file);
  if (fault !== undefined) return { ...uncounted, fault };
  let store: Store | undefined;
  try {
    const opened = openStore(file);
    store = opened.store;
    const { ledger } = opened;
    if (ledger === undefined) return { ...uncounted, fault: 'it holds no readable ledger' };
    if (ledger.version > ledgerVersion) return { ...uncounted, fault: `its format is of version ${ledger.version}` };
    const backlog = count(store, ledger.gapsWaiting.length + (ledger.closed ? 0 : 1));
    const { samples, gaps, conditions } = backlog;
    return samples === 0 && gaps === 0 && conditions === 0 ? undefined : backlog;
  } catch (error) {
    return { ...uncounted, fault: error instanceof Error ? error.message : String(error) };
  } finally {
    await store?.close();
  }
}

function count(store: Store, gapsWaiting: number): Backlog {
  let samples = 0;
  let gaps = gapsWaiting;
  let fromTime = Number.POSITIVE_INFINITY;
  let toTime = Number.NEGATIVE_INFINITY;
  for (const { key, value } of store.batches.getRange({})) {
    const record = unpackRecord(key, value);
    // How many a damaged batch held nobody knows: it counts as one loss.
    gaps += record?.gaps ?? 1;
    if (record === undefined || record.samples === 0) continue;
    samples += record.samples;
    fromTime = Math.min(fromTime, record.fromTime);
    toTime = Math.max(toTime, record.toTime);
  }
  const known = samples > 0;
  const times = { fromTime: known ? fromTime : null, toTime: known ? toTime : null };
  return { samples, gaps, conditions: store.conditions.getCount(), ...times, fault: undefined };
}
