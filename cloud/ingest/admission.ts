import { nameFault } from '@gongfu/shared/model/name-text';
import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import { type GapRecord, gapReasons, type SampleBlock } from '@gongfu/shared/model/sample';
import { latestSourceTime } from '@gongfu/shared/model/source-time';
import { textFault } from '@gongfu/shared/model/text-value';
import type { TelemetryBatch } from '@gongfu/shared/wire/codec';
import type { HistoryTag } from '../history/history-store.ts';

/** From the gateway's tag numbers to the cloud's. */
export type TagMap = ReadonlyMap<number, HistoryTag>;

export interface Admitted {
  readonly blocks: readonly SampleBlock[];
  readonly gaps: readonly GapRecord[];
  readonly samples: number;
  readonly rejected: number;
  /** One sentence naming why rows or gap records were left out; '' when none was. */
  readonly reason: string;
}

type RowFault =
  | 'undeclared tag'
  | 'value of another type than declared'
  | 'source time out of range'
  | 'text that cannot be a value';

/**
 * Puts history numbers in the place of the gateway's tag numbers and leaves out what cannot be true: tags not declared,
 * values of another kind than declared, source times before 1970 or more than ten years ahead, texts of any length. The
 * rest of the batch stays.
 */
export function admit(batch: TelemetryBatch, tagMap: TagMap, now: number): Admitted {
  const faults = new Map<string, number>();
  const note = (fault: string): void => {
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
  };
  const blocks = batch.blocks
    .map((block) => admitBlock(block, tagMap, latestSourceTime(now), note))
    .filter((block) => block.count > 0);
  const total = batch.blocks.reduce((sum, block) => sum + block.count, 0);
  const samples = blocks.reduce((sum, block) => sum + block.count, 0);
  const gaps = batch.gaps
    .filter((gap) => isTrueGap(gap) || note('gap record that names no range'))
    .map((gap) => within(gap, latestSourceTime(now)));
  const reason = [...faults].map(([fault, count]) => `${count} × ${fault}`).join(', ');
  return { blocks, gaps, samples, rejected: total - samples, reason };
}

function admitBlock(block: SampleBlock, tagMap: TagMap, latest: number, note: (fault: RowFault) => void): SampleBlock {
  const { kind, count, tags, sourceTimes, values } = block;
  if (kind === 'number') markNonFinite(block as SampleBlock<'number'>);
  const numbers = new Uint32Array(count);
  const kept: number[] = [];
  let complete = true;
  for (let row = 0; row < count; row += 1) {
    const target = tagMap.get(tags[row]!);
    const time = sourceTimes[row]!;
    const isText = kind !== 'text' || textFault(values[row] as string) === undefined;
    if (target !== undefined && target.kind === kind && time >= 0 && time <= latest && isText) {
      numbers[row] = target.number;
      if (!complete) kept.push(row);
      continue;
    }
    if (complete) for (let earlier = 0; earlier < row; earlier += 1) kept.push(earlier);
    complete = false;
    if (target === undefined) note('undeclared tag');
    else if (target.kind !== kind) note('value of another type than declared');
    else note(isText ? 'source time out of range' : 'text that cannot be a value');
  }
  return complete ? { ...block, tags: numbers } : pick({ ...block, tags: numbers }, kept);
}

/** A number that is none carries no value; the sample stays, as bad. */
function markNonFinite({ count, statuses, values }: SampleBlock<'number'>): void {
  for (let row = 0; row < count; row += 1) {
    if (Number.isFinite(values[row]!)) continue;
    values[row] = 0;
    if (!isBad(statuses[row]!)) statuses[row] = StatusCode.BadOutOfRange;
  }
}

function pick(block: SampleBlock, rows: readonly number[]): SampleBlock {
  return {
    kind: block.kind,
    count: rows.length,
    tags: Uint32Array.from(rows, (row) => block.tags[row]!),
    sourceTimes: Float64Array.from(rows, (row) => block.sourceTimes[row]!),
    statuses: Uint32Array.from(rows, (row) => block.statuses[row]!),
    values: pickValues(block, rows),
  };
}

function pickValues({ kind, values }: SampleBlock, rows: readonly number[]): SampleBlock['values'] {
  switch (kind) {
    case 'integer64':
      return BigInt64Array.from(rows, (row) => values[row] as bigint);
    case 'unsigned64':
      return BigUint64Array.from(rows, (row) => values[row] as bigint);
    case 'text':
      return rows.map((row) => values[row] as string);
    case 'boolean':
      return Uint8Array.from(rows, (row) => values[row] as number);
    default:
      return Float64Array.from(rows, (row) => values[row] as number);
  }
}

function isTrueGap(gap: GapRecord): boolean {
  const { fromSequence, toSequence, fromTime, toTime, samples } = gap;
  return (
    [fromSequence, toSequence, fromTime, toTime, samples].every(Number.isSafeInteger) &&
    fromSequence <= toSequence &&
    fromTime <= toTime &&
    gapReasons.includes(gap.reason)
  );
}

/** A loss stays named whatever it says: of times no sample can have, the nearest one can; of what is no name, all sources. */
function within(gap: GapRecord, latest: number): GapRecord {
  const inside = (time: number): number => Math.min(Math.max(time, 0), latest);
  const source = nameFault(gap.source) === undefined ? gap.source : '';
  return { ...gap, fromTime: inside(gap.fromTime), toTime: inside(gap.toTime), source };
}
