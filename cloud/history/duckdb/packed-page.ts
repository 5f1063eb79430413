import type { DuckDBDataChunk } from '@duckdb/node-api';
import { isBad } from '@gongfu/shared/model/quality';
import type { ColumnKind, Value } from '@gongfu/shared/model/value-type';
import type { StoredSample } from '../history-store.ts';

/** A page as it crosses the channel. */
export interface PackedPage {
  readonly samples: PackedSamples;
  readonly hasMore: boolean;
}

/** Samples with typed arrays, because those cross the channel at memory speed and objects one by one. */
export interface PackedSamples {
  readonly sourceTimes: Float64Array;
  readonly statuses: Uint32Array;
  /** 0 or nothing where the status is bad: such a sample has no value. */
  readonly values: PackedValues;
  readonly epochs: Float64Array;
  readonly sequences: Float64Array;
}

export type PackedValues = Float64Array | BigInt64Array | BigUint64Array | string[];

/** What is in place of a value that is not there. */
export function absentValue(kind: ColumnKind): number | bigint | string {
  return kind === 'text' ? '' : kind.endsWith('64') ? 0n : 0;
}

export function packValues(kind: ColumnKind, values: readonly unknown[]): PackedValues {
  switch (kind) {
    case 'integer64':
      return BigInt64Array.from(values as bigint[]);
    case 'unsigned64':
      return BigUint64Array.from(values as bigint[]);
    case 'text':
      return values as string[];
    default:
      return Float64Array.from(values as (number | boolean)[], Number);
  }
}

/** Takes chunks of `sampleFields` apart. */
export class SamplePacker {
  readonly #kind: ColumnKind;
  readonly #columns: [number[], number[], unknown[], number[], number[]] = [[], [], [], [], []];

  constructor(kind: ColumnKind) {
    this.#kind = kind;
  }

  get count(): number {
    return this.#columns[0].length;
  }

  add(chunk: DuckDBDataChunk): void {
    const { rowCount } = chunk;
    for (const [i, column] of this.#columns.entries()) {
      const vector = chunk.getColumnVector(i);
      for (let row = 0; row < rowCount; row += 1) (column as unknown[]).push(vector.getItem(row));
    }
  }

  /** The first `limit` of them. */
  pack(limit: number): PackedSamples {
    for (const column of this.#columns) column.splice(limit);
    const [times, statuses, values, epochs, sequences] = this.#columns;
    const absent = absentValue(this.#kind);
    return {
      sourceTimes: Float64Array.from(times),
      statuses: Uint32Array.from(statuses),
      values: packValues(
        this.#kind,
        values.map((value) => value ?? absent),
      ),
      epochs: Float64Array.from(epochs),
      sequences: Float64Array.from(sequences),
    };
  }
}

export function unpackSamples(kind: ColumnKind, packed: PackedSamples): StoredSample[] {
  const { sourceTimes, statuses, values, epochs, sequences } = packed;
  const valueAt = (row: number): Value => (kind === 'boolean' ? values[row] === 1 : values[row]!);
  return Array.from(sourceTimes, (sourceTime, row) => {
    const status = statuses[row]!;
    const value = isBad(status) ? null : valueAt(row);
    return { sourceTime, status, value, epoch: epochs[row]!, sequence: sequences[row]! };
  });
}
