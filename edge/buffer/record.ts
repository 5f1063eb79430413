import { crc32 } from 'node:zlib';
import type { GapRecord, SampleBlock } from '@gongfu/shared/model/sample';
import type { BufferedBatch } from './buffer.ts';

/** A batch with what its record's header says. */
export interface BatchRecord extends BufferedBatch {
  /** Gap records the batch carries. */
  readonly gaps: number;
}

const headerBytes = 28;

/** The value of one batch on disk; layout in README.md. */
export function packRecord(record: Omit<BatchRecord, 'sequence'>): Buffer {
  const value = Buffer.allocUnsafe(headerBytes + record.bytes.length);
  value.writeUInt32LE(record.samples, 4);
  value.writeUInt32LE(record.gaps, 8);
  value.writeDoubleLE(record.fromTime, 12);
  value.writeDoubleLE(record.toTime, 20);
  value.set(record.bytes, headerBytes);
  value.writeUInt32LE(crc32(value.subarray(4)), 0);
  return value;
}

/** Undefined when the bytes are not what was written. The batch is a view of `value`, not a copy. */
export function unpackRecord(sequence: number, value: Buffer): BatchRecord | undefined {
  if (value.length < headerBytes || crc32(value.subarray(4)) !== value.readUInt32LE(0)) return undefined;
  return {
    sequence,
    samples: value.readUInt32LE(4),
    gaps: value.readUInt32LE(8),
    fromTime: value.readDoubleLE(12),
    toTime: value.readDoubleLE(20),
    bytes: value.subarray(headerBytes),
  };
}

/** Number and span of source times of what one batch holds; a batch of gap records alone has theirs. */
export function spanOf(
  blocks: readonly SampleBlock[],
  gaps: readonly GapRecord[],
): { samples: number; fromTime: number; toTime: number } {
  let samples = 0;
  let fromTime = Number.POSITIVE_INFINITY;
  let toTime = Number.NEGATIVE_INFINITY;
  for (const { count, sourceTimes } of blocks) {
    samples += count;
    for (let row = 0; row < count; row += 1) {
      const time = sourceTimes[row]!;
      if (time < fromTime) fromTime = time;
      if (time > toTime) toTime = time;
    }
  }
  if (samples === 0) {
    for (const gap of gaps) {
      fromTime = Math.min(fromTime, gap.fromTime);
      toTime = Math.max(toTime, gap.toTime);
    }
  }
  return Number.isFinite(fromTime) ? { samples, fromTime, toTime } : { samples, fromTime: 0, toTime: 0 };
}
