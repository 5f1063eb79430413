import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { messageOf, Problem } from '../base/problem.ts';
import type { GapReason, GapRecord, SampleBlock } from '../model/sample.ts';
import { type ColumnKind, columnKinds } from '../model/value-type.ts';
import { type PackedNumbers, type PackedWhole, packNumbers, packWhole, unpackNumbers, unpackWhole } from './column.ts';
import { fieldCount } from './field-count.ts';

/** A batch as both programs handle it; `telemetry-batch.proto` is its form on the wire and on the gateway's disk. */
export interface TelemetryBatch {
  readonly epoch: number;
  readonly sequence: number;
  readonly blocks: readonly SampleBlock[];
  readonly gaps: readonly GapRecord[];
}

interface WireColumns {
  kind: number;
  count: number;
  tags: PackedWhole;
  sourceTimes: PackedWhole;
  statuses: PackedWhole;
  numbers?: PackedNumbers;
  wide?: Uint8Array;
  booleans?: Uint8Array;
  texts?: string[];
}

const wireVersion = 1;
/** Beyond these a batch is refused before any memory is taken for it. */
export const samplesPerBatchMax = 1_000_000;
const columnsPerBatchMax = 1_000;
const gapsPerBatchMax = 100_000;

const schema = protobuf.loadSync(fileURLToPath(new URL('../../wire/telemetry-batch.proto', import.meta.url)));
const BatchType = schema.lookupType('gongfu.v1.TelemetryBatch');

export function encodeBatch(batch: TelemetryBatch): Uint8Array {
  const columns = batch.blocks.filter((block) => block.count > 0).map(packBlock);
  const { epoch, sequence, gaps } = batch;
  return BatchType.encode({
    version: wireVersion,
    epoch,
    sequence,
    columns,
    gaps,
  } as object as protobuf.Message).finish();
}

/** @throws Problem `batch-undecodable` naming the first thing that is wrong; never allocates for a count the bytes do not hold. */
export function decodeBatch(bytes: Uint8Array): TelemetryBatch {
  try {
    requireFew(bytes, 'columns', columnsPerBatchMax);
    requireFew(bytes, 'gaps', gapsPerBatchMax);
    const wire = BatchType.toObject(BatchType.decode(bytes), { longs: Number, defaults: true, arrays: true }) as {
      version: number;
      epoch: number;
      sequence: number;
      columns: WireColumns[];
      gaps: (Omit<GapRecord, 'reason'> & { reason: GapReason })[];
    };
    if (wire.version !== wireVersion) throw new RangeError(`version ${wire.version}, understood is ${wireVersion}`);
    requireWhole(wire.epoch, 'epoch');
    requireWhole(wire.sequence, 'sequence');
    const samples = wire.columns.reduce((sum, { count }) => sum + count, 0);
    if (samples > samplesPerBatchMax) throw new RangeError(`${samples} samples, at most ${samplesPerBatchMax}`);
    return { epoch: wire.epoch, sequence: wire.sequence, blocks: wire.columns.map(unpackBlock), gaps: wire.gaps };
  } catch (error) {
    throw new Problem({
      code: 'batch-undecodable',
      detail: `telemetry batch of ${bytes.length} bytes cannot be read: ${messageOf(error)}`,
      advice: 'Update the gateway to a version this cloud understands; the raw bytes are kept in quarantine.',
      reaction: 'drop',
      status: 400,
      cause: error,
    });
  }
}

function packBlock(block: SampleBlock): WireColumns {
  const { count } = block;
  const packed: WireColumns = {
    kind: columnKinds.indexOf(block.kind),
    count,
    tags: packWhole(block.tags, count),
    sourceTimes: packWhole(block.sourceTimes, count),
    statuses: packWhole(block.statuses, count),
  };
  switch (block.kind) {
    case 'number':
      packed.numbers = packNumbers(block.values as Float64Array, count);
      break;
    case 'boolean':
      packed.booleans = (block.values as Uint8Array).subarray(0, count);
      break;
    case 'text':
      packed.texts = (block.values as string[]).slice(0, count);
      break;
    default: {
      const wide = block.values as BigInt64Array | BigUint64Array;
      packed.wide = new Uint8Array(wide.buffer, wide.byteOffset, count * 8);
    }
  }
  return packed;
}

function unpackBlock(wire: WireColumns): SampleBlock {
  const { count } = wire;
  const kind = columnKinds[wire.kind];
  if (kind === undefined) throw new RangeError(`column kind ${wire.kind} is unknown`);
  return {
    kind,
    count,
    // The values first: their bytes prove the count, so that a lying count takes no memory.
    values: unpackValues(kind, wire),
    tags: unpackWhole(wire.tags, new Uint32Array(count), 'tags'),
    sourceTimes: unpackWhole(wire.sourceTimes, new Float64Array(count), 'source_times'),
    statuses: unpackWhole(wire.statuses, new Uint32Array(count), 'statuses'),
  };
}

function unpackValues(kind: ColumnKind, wire: WireColumns): SampleBlock['values'] {
  const { count } = wire;
  switch (kind) {
    case 'number':
      return unpackNumbers(wire.numbers ?? { form: 0, data: new Uint8Array(0) }, count);
    case 'boolean':
      requireLength(wire.booleans?.length ?? 0, count, 'booleans');
      return new Uint8Array(wire.booleans!);
    case 'text':
      requireLength(wire.texts?.length ?? 0, count, 'texts');
      return wire.texts!;
    default: {
      requireLength(wire.wide?.length ?? 0, count * 8, 'wide');
      const copy = new Uint8Array(wire.wide!);
      return kind === 'integer64' ? new BigInt64Array(copy.buffer) : new BigUint64Array(copy.buffer);
    }
  }
}

function requireFew(bytes: Uint8Array, name: 'columns' | 'gaps', most: number): void {
  const count = fieldCount(bytes, BatchType.fields[name]!.id);
  if (count > most) throw new RangeError(`${count} ${name}, at most ${most}`);
}

function requireLength(actual: number, expected: number, name: string): void {
  if (actual !== expected)
    throw new RangeError(`column ${name} holds ${actual} entries where ${expected} are announced`);
}

function requireWhole(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${name} ${value} is not a whole number up to 2^53`);
}
