import { isBad } from './quality.ts';
import type { ColumnKind, Value } from './value-type.ts';

/** The array that carries the values of one column kind. */
export interface ColumnArrays {
  number: Float64Array;
  integer64: BigInt64Array;
  unsigned64: BigUint64Array;
  boolean: Uint8Array;
  text: string[];
}

/**
 * Samples as columns, in the order they were taken. Row i is one sample:
 * tag number `tags[i]`, `sourceTimes[i]` (UTC epoch ms, whole), `statuses[i]` (32-bit status code), `values[i]`.
 * Where the status is bad the value is meaningless (0 or '') and is never shown.
 * Samples never become one object each between the driver's decode and the history store: that is what keeps them cheap.
 */
export interface SampleBlock<K extends ColumnKind = ColumnKind> {
  readonly kind: K;
  readonly count: number;
  readonly tags: Uint32Array;
  readonly sourceTimes: Float64Array;
  readonly statuses: Uint32Array;
  readonly values: ColumnArrays[K];
}

/** One sample as an object: for the API, the last values and the KPI fold, never for the telemetry path. */
export interface Sample {
  readonly tag: number;
  readonly sourceTime: number;
  readonly status: number;
  readonly value: Value;
}

export function sampleAt(block: SampleBlock, row: number): Sample {
  const status = block.statuses[row]!;
  return { tag: block.tags[row]!, sourceTime: block.sourceTimes[row]!, status, value: valueAt(block, row, status) };
}

function valueAt(block: SampleBlock, row: number, status: number): Value {
  if (isBad(status)) return null;
  const value = block.values[row]!;
  return block.kind === 'boolean' ? value !== 0 : value;
}

/** A named loss: what is missing, from when to when, and why. Written instead of silence. */
export interface GapRecord {
  /** Sequences of the lost batches, both inclusive; -1 where the loss happened before a sequence was given. */
  readonly fromSequence: number;
  readonly toSequence: number;
  /** Source times the loss covers, UTC epoch ms. */
  readonly fromTime: number;
  readonly toTime: number;
  /** Number of samples lost; -1 when it cannot be known. */
  readonly samples: number;
  readonly reason: GapReason;
  /** Source the loss belongs to; '' when it touches all. */
  readonly source: string;
}

export const gapReasons = [
  'buffer-full',
  'source-queue-overflow',
  'damaged-record',
  'refused-batch',
  /** The agent ended without saying so: what was read in its last moments may not have reached the disk. */
  'agent-killed',
  /** A publisher numbers its messages, and some did not arrive. */
  'messages-missing',
  /** The source could not be reached for longer than it keeps values for us. */
  'source-unreachable',
] as const;
export type GapReason = (typeof gapReasons)[number];
/** What a driver can say of a loss on its side. */
export type SourceLoss = 'source-queue-overflow' | 'source-unreachable';
