import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import { messageOf } from '@gongfu/shared/base/problem';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import { fromSamples, kindNumber, merged } from './rollup-sql.ts';
import type { RollupPace } from './store-message.ts';
import { rollupTables, sampleTables } from './store-schema.ts';

/** Samples rolled up in one transaction: a few tenths of a second, and memory that stays small. */
const rowsPerFold = 1_000_000;
const pauseAfterFailureMs = 60_000;
const [minutes, hours] = rollupTables;

/**
 * Rolls up what ingest has stored, beside it, on a connection of its own. Rows are never deleted and have their place in
 * the table for good, so how far it came is one number a table: it is stored with the roll-ups in one transaction, and a
 * process that dies in between has done nothing.
 */
export class Rollups implements Part {
  readonly #instance: DuckDBInstance;
  readonly #clock: Clock;
  readonly #pace: RollupPace;
  readonly #fatal: (error: unknown) => void;
  readonly #nextRow = new Map<ColumnKind, number>();
  readonly #foldedMs = new Map<ColumnKind, number>();
  #connection: DuckDBConnection | undefined;
  #wanted = false;
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: {
    instance: DuckDBInstance;
    clock: Clock;
    pace: RollupPace;
    fatal: (error: unknown) => void;
  }) {
    this.#instance = options.instance;
    this.#clock = options.clock;
    this.#pace = options.pace;
    this.#fatal = options.fatal;
  }

  async start(): Promise<void> {
    this.#connection = await this.#instance.connect();
    this.#wanted = true;
    for (const kind of columnKinds) {
      this.#nextRow.set(
        kind,
        await this.#number(`SELECT coalesce(max(next_row), 0) FROM rollup_progress WHERE kind = ${kindNumber(kind)}`),
      );
      this.#foldedMs.set(kind, this.#clock.monotonicMs());
    }
    this.#later(this.#pace.lookMs);
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    this.#cancel();
    await this.#running;
    this.#connection?.closeSync();
    this.#connection = undefined;
  }

  #later(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#running = this.#look();
    });
  }

  async #look(): Promise<void> {
    try {
      for (const kind of columnKinds) await this.#catchUp(kind);
      if (this.#wanted) this.#later(this.#pace.lookMs);
    } catch (error) {
      // Without roll-ups the history is slower, not wrong: a full disk must not end it.
      process.stderr.write(`roll-ups are behind, tried again in a minute: ${messageOf(error)}\n`);
      if (/FATAL|database has been invalidated/.test(messageOf(error))) this.#fatal(error);
      else if (this.#wanted) this.#later(pauseAfterFailureMs);
    }
  }

  async #catchUp(kind: ColumnKind): Promise<void> {
    const now = this.#clock.monotonicMs();
    for (;;) {
      if (!this.#wanted) return;
      const stored = await this.#number(`SELECT count(*) FROM ${sampleTables[kind]}`);
      const next = this.#nextRow.get(kind)!;
      const due = now - this.#foldedMs.get(kind)! >= this.#pace.afterMs;
      if (stored === next || (stored - next < this.#pace.rowsMax && !due)) return;
      await this.#fold(kind, next, Math.min(stored, next + rowsPerFold));
      this.#foldedMs.set(kind, now);
    }
  }

  async #fold(kind: ColumnKind, from: number, to: number): Promise<void> {
    const connection = this.#connection!;
    const samples = fromSamples(kind, `time // ${minutes.widthMs}`, `rowid >= ${from} AND rowid < ${to}`);
    await connection.run(`CREATE OR REPLACE TEMP TABLE folded AS ${samples}`);
    const coarser = merged('FROM folded', `slot // ${hours.widthMs / minutes.widthMs}`);
    await connection.run('BEGIN');
    try {
      for (const [table, rows] of [
        [minutes.table, 'FROM folded'],
        [hours.table, coarser],
      ] as const) {
        await connection.run(`INSERT INTO ${table} SELECT ${kindNumber(kind)}, * FROM (${rows}) ORDER BY tag, slot`);
      }
      await connection.run(`INSERT INTO rollup_progress VALUES (${kindNumber(kind)}, ${to})`);
      await connection.run('COMMIT');
    } catch (error) {
      // After a commit that failed there is nothing to roll back.
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
    await connection.run('DROP TABLE folded');
    this.#nextRow.set(kind, to);
  }

  async #number(sql: string): Promise<number> {
    const reader = await this.#connection!.runAndReadAll(sql);
    return Number(reader.getRows()[0]![0]);
  }
}
