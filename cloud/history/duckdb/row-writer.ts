import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBVector,
  UBIGINT,
  UINTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { isBad } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { BatchName } from './store-message.ts';
import { sampleTable } from './store-schema.ts';

/** DuckDB's own vector size; larger chunks crashed the process in the field. */
const rowsPerChunk = 2048;

const valueTypes: Readonly<Record<ColumnKind, DuckDBType>> = {
  number: DOUBLE,
  integer64: BIGINT,
  unsigned64: UBIGINT,
  boolean: BOOLEAN,
  text: VARCHAR,
};

/** Writes sample blocks column by column into the table of one kind. Rows become visible and durable with the caller's COMMIT. */
export class RowWriter {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;

  private constructor(kind: ColumnKind, appender: DuckDBAppender) {
    this.#appender = appender;
    this.#chunk = DuckDBDataChunk.create([UINTEGER, BIGINT, valueTypes[kind], UINTEGER, BIGINT, BIGINT], rowsPerChunk);
  }

  static async open(kind: ColumnKind, generation: number, connection: DuckDBConnection): Promise<RowWriter> {
    return new RowWriter(kind, await connection.createAppender(sampleTable(kind, generation)));
  }

  write(batch: BatchName, block: SampleBlock): void {
    const epoch = BigInt(batch.epoch);
    const sequence = BigInt(batch.sequence);
    for (let from = 0; from < block.count; from += rowsPerChunk) {
      const count = Math.min(rowsPerChunk, block.count - from);
      this.#chunk.reset();
      this.#chunk.rowCount = count;
      fillNumbers(this.#chunk.getColumnVector(0), block.tags, from, count);
      fillWholes(this.#chunk.getColumnVector(1), block.sourceTimes, from, count);
      fillValues(this.#chunk.getColumnVector(2), block, from, count);
      fillNumbers(this.#chunk.getColumnVector(3), block.statuses, from, count);
      fillConstant(this.#chunk.getColumnVector(4), epoch, count);
      fillConstant(this.#chunk.getColumnVector(5), sequence, count);
      this.#appender.appendDataChunk(this.#chunk);
    }
  }

  flush(): void {
    this.#appender.flushSync();
  }

  close(): void {
    this.#appender.closeSync();
  }
}

// One loop a column type: each call site then sees one vector class only, which makes it three times as fast.

function fillNumbers(vector: DuckDBVector, source: Uint32Array, from: number, count: number): void {
  for (let row = 0; row < count; row += 1) vector.setItem(row, source[from + row]!);
  vector.flush();
}

function fillWholes(vector: DuckDBVector, source: Float64Array, from: number, count: number): void {
  for (let row = 0; row < count; row += 1) vector.setItem(row, BigInt(source[from + row]!));
  vector.flush();
}

function fillConstant(vector: DuckDBVector, value: bigint, count: number): void {
  for (let row = 0; row < count; row += 1) vector.setItem(row, value);
  vector.flush();
}

/** A sample of bad status has no value, so none is stored: nobody can take it for a measurement. */
function fillValues(vector: DuckDBVector, block: SampleBlock, from: number, count: number): void {
  const { statuses, values } = block;
  const isBoolean = block.kind === 'boolean';
  for (let row = 0; row < count; row += 1) {
    const value = values[from + row]!;
    vector.setItem(row, isBad(statuses[from + row]!) ? null : isBoolean ? value !== 0 : value);
  }
  vector.flush();
}
