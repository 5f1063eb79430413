import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { messageOf, Problem } from '../base/problem.ts';
import type { GapReason, GapRecord, SampleBlock } from '../model/sample.ts';
import { packBlock, unpackBlock, type WireColumns } from './block.ts';
import type { BatchVersion } from './column.ts';
import { deflate, inflate } from './compression.ts';
import { eachField, wholeField } from './field-count.ts';

/** A batch as both programs handle it; `telemetry-batch.proto` is its form on the wire and on the gateway's disk. */
export interface TelemetryBatch {
  readonly epoch: number;
  readonly sequence: number;
  readonly blocks: readonly SampleBlock[];
  readonly gaps: readonly GapRecord[];
}

interface WireBatch {
  version: number;
  epoch: number;
  sequence: number;
  columns: WireColumns[];
  gaps: (Omit<GapRecord, 'reason'> & { reason: GapReason })[];
  deflated: Uint8Array;
  inflatedBytes: number;
}

/** The newest form of a batch. A cloud that does not name it in its answer to `hello` reads version 1 only. */
export const batchVersion = 2;
/** Beyond these a batch is refused before any memory is taken for it. */
export const samplesPerBatchMax = 1_000_000;
const columnsPerBatchMax = 1_000;
const gapsPerBatchMax = 100_000;
/** Version, names and what a later version may add. */
const otherFieldsMax = 100;
/**
 * What a deflated batch may be at most: deflate makes a thousand bytes one, and who pays for one byte must not make the cloud work
 * for a thousand. A gateway's batch of 65,536 samples stays below; what is greater is sent as it is.
 */
const inflatedBytesMax = 2 * 1024 ** 2;
const deflatedSamplesMax = 100_000;
/** Deflating fewer saves less than the marks of it take. */
const deflatedBytesMin = 128;

const schema = protobuf.loadSync(fileURLToPath(new URL('../../wire/telemetry-batch.proto', import.meta.url)));
const BatchType = schema.lookupType('gongfu.v1.TelemetryBatch');

/** Readable as it is; `version` 1 for a cloud that reads no other. */
export function encodeBatch(batch: TelemetryBatch, version: BatchVersion = batchVersion): Uint8Array {
  const columns = batch.blocks.filter((block) => block.count > 0).map((block) => packBlock(block, version));
  const { epoch, sequence, gaps } = batch;
  return bytesOf({ version, epoch, sequence, columns, gaps });
}

/** The batch deflated, or as `encodeBatch` gives it where that is no longer: as it is kept on disk and paid for on the way. */
export async function encodeDeflated(batch: TelemetryBatch): Promise<Uint8Array> {
  const plain = encodeBatch(batch);
  const fits = plain.length <= inflatedBytesMax && samplesOf(batch.blocks) <= deflatedSamplesMax;
  if (plain.length < deflatedBytesMin || !fits) return plain;
  const deflated = await deflate(plain, { repeating: batch.blocks.some(({ kind }) => kind === 'text') });
  const whole = bytesOf({ version: batchVersion, deflated, inflatedBytes: plain.length });
  return whole.length < plain.length ? whole : plain;
}

/** The same batch for a cloud that reads version 1 only. Bytes that are no batch stay as they are: the cloud says so, and keeps them. */
export function asVersion1(bytes: Uint8Array): Uint8Array {
  try {
    const { version } = BatchType.decode(bytes) as unknown as WireBatch;
    return version === 1 ? bytes : encodeBatch(decodeBatch(bytes), 1);
  } catch {
    return bytes;
  }
}

/** What a batch takes before it is read: its length, or what it says it inflates to, 2 MiB at most. Tells nothing of whether it can be read. */
export function inflatedLength(bytes: Uint8Array): number {
  try {
    const announced = wholeField(bytes, BatchType.fields.inflatedBytes!.id);
    return Math.max(bytes.length, Math.min(announced, inflatedBytesMax));
  } catch {
    return bytes.length;
  }
}

/** @throws Problem `batch-undecodable` naming the first thing that is wrong; never allocates for a count the bytes do not hold. */
export function decodeBatch(bytes: Uint8Array): TelemetryBatch {
  try {
    const wire = readWire(bytes);
    const { deflated, inflatedBytes } = wire;
    return batchOf(deflated.length === 0 && inflatedBytes === 0 ? wire : inflatedWire(wire));
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

function bytesOf(wire: Partial<Omit<WireBatch, 'gaps'>> & { gaps?: readonly GapRecord[] }): Uint8Array {
  return BatchType.encode(wire as object as protobuf.Message).finish();
}

/** @throws Error, RangeError */
function readWire(bytes: Uint8Array): WireBatch {
  requireFew(bytes);
  const wire = BatchType.toObject(BatchType.decode(bytes), {
    longs: Number,
    defaults: true,
    arrays: true,
  }) as WireBatch;
  const { version } = wire;
  if (version < 1 || version > batchVersion)
    throw new RangeError(`version ${version}, understood are 1 to ${batchVersion}`);
  return wire;
}

function inflatedWire({ version, epoch, sequence, columns, gaps, deflated, inflatedBytes }: WireBatch): WireBatch {
  // Who reads version 1 only would take it for an empty batch.
  if (version < 2) throw new RangeError('version 1 deflates nothing');
  if (epoch + sequence + columns.length + gaps.length > 0) throw new RangeError('more stands beside what was deflated');
  if (inflatedBytes < 1 || inflatedBytes > inflatedBytesMax)
    throw new RangeError(`${inflatedBytes} bytes when inflated, 1 to ${inflatedBytesMax} may be`);
  const wire = readWire(inflate(deflated, inflatedBytes));
  if (wire.deflated.length > 0 || wire.inflatedBytes > 0) throw new RangeError('it is deflated twice');
  const samples = samplesOf(wire.columns);
  if (samples > deflatedSamplesMax) throw new RangeError(`${samples} samples deflated, at most ${deflatedSamplesMax}`);
  return wire;
}

/** @throws RangeError */
function batchOf({ epoch, sequence, columns, gaps }: WireBatch): TelemetryBatch {
  requireWhole(epoch, 'epoch');
  requireWhole(sequence, 'sequence');
  const samples = samplesOf(columns);
  if (samples > samplesPerBatchMax) throw new RangeError(`${samples} samples, at most ${samplesPerBatchMax}`);
  return { epoch, sequence, blocks: columns.map(unpackBlock), gaps };
}

function samplesOf(columns: readonly { readonly count: number }[]): number {
  return columns.reduce((sum, { count }) => sum + count, 0);
}

/** Ends at the first field that is too many: a bad message costs no more than a good one. */
function requireFew(bytes: Uint8Array): void {
  const { columns, gaps } = BatchType.fields;
  const counted = [
    { id: columns!.id, name: 'columns', most: columnsPerBatchMax, count: 0 },
    { id: gaps!.id, name: 'gaps', most: gapsPerBatchMax, count: 0 },
  ];
  const others = { id: 0, name: 'other fields', most: otherFieldsMax, count: 0 };
  eachField(bytes, (id) => {
    const kind = counted.find((one) => one.id === id) ?? others;
    kind.count += 1;
    if (kind.count > kind.most) throw new RangeError(`more than ${kind.most} ${kind.name}`);
  });
}

function requireWhole(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${name} ${value} is not a whole number up to 2^53`);
}
