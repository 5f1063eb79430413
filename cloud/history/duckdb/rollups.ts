import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '@gongfu/shared/base/clock';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import type { LayoutGate } from './layout-gate.ts';
import { fromSamples, kindNumber, merged, rollupRows } from './rollup-sql.ts';
import type { RollupPace } from './store-message.ts';
import { rollupLevels, rollupTable, sampleTable } from './store-schema.ts';

/** Samples rolled up in one transaction: a few tenths of a second, and memory that stays small. */
const rowsPerFold = 1_000_000;

/**
 * Rolls up what ingest has stored and what is not sealed yet. Rows of a generation have their place in the table for good, so
 * how far it came is one number a table: it is stored with the roll-ups in one transaction, and a process that dies in between
 * has done nothing.
 */
export class Rollups {
  readonly #connection: DuckDBConnection;
  readonly #gate: LayoutGate;
  readonly #clock: Clock;
  readonly #pace: RollupPace;
  /** By table of samples. */
  readonly #nextRow = new Map<string, number>();
  readonly #foldedMs = new Map<string, number>();

  constructor(options: { connection: DuckDBConnection; gate: LayoutGate; clock: Clock; pace: RollupPace }) {
    this.#connection = options.connection;
    this.#gate = options.gate;
    this.#clock = options.clock;
    this.#pace = options.pace;
  }

  /** What is due, newest generation first; `goOn` is asked between two folds. */
  async catchUp(goOn: () => boolean): Promise<void> {
    for (const { id } of this.#gate.layout.generations.toReversed()) {
      for (const kind of columnKinds) await this.#catchUp(id, kind, goOn);
    }
  }

  async #catchUp(generation: number, kind: ColumnKind, goOn: () => boolean): Promise<void> {
    const now = this.#clock.monotonicMs();
    const table = sampleTable(kind, generation);
    if (!this.#nextRow.has(table)) await this.#resume(generation, kind, now);
    // Only what is stored now: where it comes in faster than it is rolled up, what else is to be done has its turn too.
    const stored = await this.#number(`SELECT count(*) FROM ${table}`);
    while (goOn()) {
      const next = this.#nextRow.get(table)!;
      const due = now - this.#foldedMs.get(table)! >= this.#pace.afterMs;
      if (next >= stored || (stored - next < this.#pace.rowsMax && !due)) return;
      await this.#fold(generation, kind, next, Math.min(stored, next + rowsPerFold));
      this.#foldedMs.set(table, now);
    }
  }

  async #resume(generation: number, kind: ColumnKind, now: number): Promise<void> {
    const progress = `SELECT coalesce(max(next_row), 0) FROM rollup_progress
      WHERE generation = ${generation} AND kind = ${kindNumber(kind)}`;
    this.#nextRow.set(sampleTable(kind, generation), await this.#number(progress));
    this.#foldedMs.set(sampleTable(kind, generation), now);
  }

  async #fold(generation: number, kind: ColumnKind, from: number, to: number): Promise<void> {
    const connection = this.#connection;
    const [minutes] = rollupLevels;
    const source = { table: sampleTable(kind, generation), where: 'true', value: 'value', isSorted: false };
    const samples = fromSamples(kind, `time // ${minutes.widthMs}`, source, `rowid >= ${from} AND rowid < ${to}`);
    await connection.run(`CREATE OR REPLACE TEMP TABLE folded AS ${rollupRows(samples)}`);
    await connection.run('BEGIN');
    try {
      for (const level of rollupLevels) {
        const slots =
          level === minutes ? 'folded' : merged('FROM folded', `slot // ${level.widthMs / minutes.widthMs}`);
        await connection.run(
          `INSERT INTO ${rollupTable(level, generation)} SELECT ${kindNumber(kind)}, * FROM (${rollupRows(slots)}) ORDER BY tag, slot`,
        );
      }
      await connection.run(`INSERT INTO rollup_progress VALUES (${generation}, ${kindNumber(kind)}, ${to})`);
      await connection.run('COMMIT');
    } catch (error) {
      // After a commit that failed there is nothing to roll back, and only the file knows whether it took place.
      await connection.run('ROLLBACK').catch(() => undefined);
      this.#nextRow.delete(source.table);
      throw error;
    }
    this.#nextRow.set(source.table, to);
    await connection.run('DROP TABLE folded');
  }

  async #number(sql: string): Promise<number> {
    const reader = await this.#connection.runAndReadAll(sql);
    return Number(reader.getRows()[0]![0]);
  }
}
