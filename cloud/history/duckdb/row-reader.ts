import {
  BIGINT,
  type DuckDBConnection,
  type DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  UINTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';

export type Row = readonly DuckDBValue[];
export type ReadRows = (sql: string, parameters: Row, take: (row: Row) => void) => Promise<void>;

/** Reads on connections of their own, so that the writer never waits for one; what takes too long is interrupted. */
export class RowReader {
  readonly #instance: DuckDBInstance;
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor(options: { instance: DuckDBInstance; clock: Clock; timeoutMs: number }) {
    this.#instance = options.instance;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  async read(sql: string, parameters: Row, take: (row: Row) => void): Promise<void> {
    await this.#connected((connection) => rowsOf(connection, sql, parameters, take));
  }

  /** Several questions to one and the same state of the file. */
  snapshot<T>(ask: (read: ReadRows) => Promise<T>): Promise<T> {
    return this.#connected(async (connection) => {
      await connection.run('BEGIN TRANSACTION READ ONLY');
      const answer = await ask((sql, parameters, take) => rowsOf(connection, sql, parameters, take));
      await connection.run('COMMIT');
      return answer;
    });
  }

  async #connected<T>(ask: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect();
    let late = false;
    const cancel = this.#clock.after(this.#timeoutMs, () => {
      late = true;
      connection.interrupt();
    });
    try {
      return await ask(connection);
    } catch (error) {
      throw late ? tooLong(this.#timeoutMs) : error;
    } finally {
      cancel();
      connection.closeSync();
    }
  }
}

async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  parameters: Row,
  take: (row: Row) => void,
): Promise<void> {
  const values = parameters.map((value) => (typeof value === 'number' ? BigInt(Math.trunc(value)) : value));
  const result = await connection.stream(sql, values, values.map(typeOf));
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const row of chunk.getRows()) take(row);
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
