import type { GapRecord } from '@gongfu/shared/model/sample';
import type { BatchRecord } from './record.ts';

const pageBytes = 4096;
/** Gap records waiting at most; beyond it neighbours are joined although batches between them may have arrived. */
export const gapsWaitingMax = 256;
/** A growing gap record is closed at this length while batches are leaving for the cloud, so that a lasting overload becomes known. */
export const batchesPerGap = 1000;

/** Bytes batches may use: 5 % of the limit are left for gap records, tags and the tree's own pages. */
export function usableBytes(capacityBytes: number): number {
  return Math.floor(capacityBytes * 0.95);
}

/** Bytes a value takes in the store: above half a page it lies on pages of its own. */
export function storedBytes(valueBytes: number): number {
  return valueBytes + 24 > pageBytes / 2 ? Math.ceil((valueBytes + 24) / pageBytes) * pageBytes : valueBytes + 32;
}

export function gapOfDropped(record: BatchRecord): GapRecord {
  return {
    fromSequence: record.sequence,
    toSequence: record.sequence,
    fromTime: record.fromTime,
    toTime: record.toTime,
    samples: record.samples,
    reason: 'buffer-full',
    source: '',
  };
}

/** The number of samples of a damaged record is unknown; its times lie between those of its neighbours. */
export function gapOfDamaged(sequence: number, before: number | undefined, behind: number | undefined): GapRecord {
  const fromTime = before ?? behind ?? 0;
  return {
    fromSequence: sequence,
    toSequence: sequence,
    fromTime,
    toTime: Math.max(fromTime, behind ?? fromTime),
    samples: -1,
    reason: 'damaged-record',
    source: '',
  };
}

/** Adds one gap record to those waiting: the next sequences of the same loss lengthen the record that is there. */
export function addGap(waiting: readonly GapRecord[], gap: GapRecord): GapRecord[] {
  const neighbour = waiting.findIndex((known) => sameLoss(known, gap) && adjacent(known, gap));
  if (neighbour >= 0) return waiting.with(neighbour, joined(waiting[neighbour]!, gap));
  const all = [...waiting, gap];
  if (all.length <= gapsWaitingMax) return all;
  const like = all.findIndex((known, place) => place > 0 && sameLoss(known, all[0]!));
  if (like < 0) return all;
  return [joined(all[0]!, all[like]!), ...all.slice(1).filter((_, place) => place + 1 !== like)];
}

function sameLoss(a: GapRecord, b: GapRecord): boolean {
  return a.reason === b.reason && a.source === b.source;
}

function adjacent(a: GapRecord, b: GapRecord): boolean {
  if (a.fromSequence < 0 || b.fromSequence < 0) return false;
  return b.fromSequence === a.toSequence + 1 || a.fromSequence === b.toSequence + 1;
}

function joined(a: GapRecord, b: GapRecord): GapRecord {
  return {
    ...a,
    fromSequence: Math.min(a.fromSequence, b.fromSequence),
    toSequence: Math.max(a.toSequence, b.toSequence),
    fromTime: Math.min(a.fromTime, b.fromTime),
    toTime: Math.max(a.toTime, b.toTime),
    samples: a.samples < 0 || b.samples < 0 ? -1 : a.samples + b.samples,
  };
}
