import type { SampleBlock } from '../model/sample.ts';
import { type ColumnKind, columnKinds } from '../model/value-type.ts';
import {
  type BatchVersion,
  type PackedNumbers,
  type PackedWhole,
  packNumbers,
  packWhole,
  unpackNumbers,
  unpackWhole,
} from './column.ts';
import { fromPlanes, toPlanes } from './planes.ts';

/** `SampleColumns` of `telemetry-batch.proto`. */
export interface WireColumns {
  kind: number;
  count: number;
  tags: PackedWhole;
  sourceTimes: PackedWhole;
  statuses: PackedWhole;
  numbers?: PackedNumbers;
  wide?: Uint8Array;
  widePlanes?: Uint8Array;
  booleans?: Uint8Array;
  texts?: string[];
}

const nothing = new Uint8Array(0);

export function packBlock(block: SampleBlock, version: BatchVersion): WireColumns {
  const { count } = block;
  const packed: WireColumns = {
    kind: columnKinds.indexOf(block.kind),
    count,
    tags: packWhole(block.tags, count, version),
    sourceTimes: packWhole(block.sourceTimes, count, version),
    statuses: packWhole(block.statuses, count, version),
  };
  switch (block.kind) {
    case 'number':
      packed.numbers = packNumbers(block.values as Float64Array, count, version);
      break;
    case 'boolean':
      packed.booleans = (block.values as Uint8Array).subarray(0, count);
      break;
    case 'text':
      packed.texts = (block.values as string[]).slice(0, count);
      break;
    default: {
      const wide = (block.values as BigInt64Array | BigUint64Array).subarray(0, count);
      if (version === 1) packed.wide = new Uint8Array(wide.buffer, wide.byteOffset, wide.byteLength);
      else packed.widePlanes = toPlanes(wide, 8);
    }
  }
  return packed;
}

/** @throws RangeError */
export function unpackBlock(wire: WireColumns): SampleBlock {
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
      const { wide = nothing, widePlanes = nothing } = wire;
      requireLength(wide.length + widePlanes.length, count * 8, 'wide');
      // Both are there only where one of them has not all rows.
      if (wide.length > 0 && widePlanes.length > 0) throw new RangeError('column wide is there twice');
      const buffer = widePlanes.length > 0 ? fromPlanes(widePlanes, 8) : new Uint8Array(wide).buffer;
      return kind === 'integer64' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
    }
  }
}

function requireLength(actual: number, expected: number, name: string): void {
  if (actual !== expected)
    throw new RangeError(`column ${name} holds ${actual} entries where ${expected} are announced`);
}
