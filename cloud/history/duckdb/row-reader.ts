import {
  BIGINT,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  UINTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { Layout, Segment } from './layout.ts';
import type { LayoutGate } from './layout-gate.ts';
import type { SegmentShelf } from './segment-shelf.ts';

export type Row = readonly DuckDBValue[];
export type ReadRows = (sql: string, parameters: Row, take: (row: Row) => void) => Promise<void>;
/** For what is too much to become arrays row by row. */
type ReadChunks = (sql: string, parameters: Row, take: (chunk: DuckDBDataChunk) => void) => Promise<void>;

/** One and the same state of everything, and the sealed segments that were asked for. */
export interface Picture {
  readonly layout: Layout;
  readonly segments: readonly Segment[];
  readonly read: ReadRows;
  readonly readChunks: ReadChunks;
  /** For statements that are no plain query. */
  readonly connection: DuckDBConnection;
}

type Choose = (layout: Layout) => readonly Segment[];

/** Reads on connections of their own, so that the writer never waits for one; what takes too long is interrupted. */
export class RowReader {
  readonly #instance: DuckDBInstance;
  readonly #gate: LayoutGate;
  readonly #shelf: SegmentShelf;
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor(options: {
    instance: DuckDBInstance;
    gate: LayoutGate;
    shelf: SegmentShelf;
    clock: Clock;
    timeoutMs: number;
  }) {
    this.#instance = options.instance;
    this.#gate = options.gate;
    this.#shelf = options.shelf;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Of what is not samples. */
  async read(sql: string, parameters: Row, take: (row: Row) => void): Promise<void> {
    await this.#connected(this.#timeoutMs, (connection) => readRows(connection, sql, parameters, take));
  }

  /** Several questions to one state of everything. `choose` names the sealed segments they may touch. */
  picture<T>(choose: Choose, ask: (picture: Picture) => Promise<T>, timeoutMs = this.#timeoutMs): Promise<T> {
    return this.#connected(timeoutMs, async (connection) => {
      const { layout, segments, release } = await this.#settle(connection, choose);
      try {
        const read: ReadRows = (sql, parameters, take) => readRows(connection, sql, parameters, take);
        const readChunks: ReadChunks = (sql, parameters, take) => eachChunk(connection, sql, parameters, take);
        return await ask({ layout, segments, read, readChunks, connection });
      } finally {
        release();
      }
    });
  }

  /** Files are attached before the picture is taken: a later one would not be in it. */
  async #settle(connection: DuckDBConnection, choose: Choose) {
    for (;;) {
      const { layout } = this.#gate;
      const segments = choose(layout);
      let release = (): void => undefined;
      try {
        release = await this.#shelf.hold(segments);
        const isFixed = await this.#gate.enter(async (entered) => {
          if (entered !== layout) return false;
          await connection.run('BEGIN');
          await connection.run('SELECT version FROM schema_version');
          return true;
        });
        if (isFixed) return { layout, segments, release };
      } catch (error) {
        release();
        // A file that was replaced meanwhile is there no more.
        if (this.#gate.layout === layout) throw error;
        continue;
      }
      release();
    }
  }

  async #connected<T>(timeoutMs: number, ask: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect();
    let late = false;
    const cancel = this.#clock.after(timeoutMs, () => {
      late = true;
      connection.interrupt();
    });
    try {
      return await ask(connection);
    } catch (error) {
      throw late ? tooLong(timeoutMs) : error;
    } finally {
      cancel();
      connection.closeSync();
    }
  }
}

function readRows(connection: DuckDBConnection, sql: string, parameters: Row, take: (row: Row) => void): Promise<void> {
  return eachChunk(connection, sql, parameters, (chunk) => {
    for (const row of chunk.getRows()) take(row);
  });
}

async function eachChunk(
  connection: DuckDBConnection,
  sql: string,
  parameters: Row,
  take: (chunk: DuckDBDataChunk) => void,
): Promise<void> {
  const values = parameters.map((value) => (typeof value === 'number' ? BigInt(Math.trunc(value)) : value));
  const result = await connection.stream(sql, values, values.map(typeOf));
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    take(chunk);
  }
}

function typeOf(value: DuckDBValue): DuckDBType {
  if (typeof value === 'bigint') return BIGINT;
  const items = (value as { items: readonly DuckDBValue[] }).items;
  return LIST(typeof items[0] === 'string' ? VARCHAR : UINTEGER);
}

function tooLong(timeoutMs: number): Problem {
  return new Problem({
    code: 'history-query-too-long',
    detail: `a history query was stopped after ${timeoutMs / 1000} s`,
    advice: 'Ask for a shorter time or fewer tags.',
    reaction: 'drop',
    status: 503,
  });
}
