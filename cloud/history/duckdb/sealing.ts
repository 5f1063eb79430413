import { readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '@gongfu/shared/base/clock';
import { columnKinds } from '@gongfu/shared/model/value-type';
import { byDay, dayMs, type Generation, type Layout, openGeneration, type Segment, segmentFile } from './layout.ts';
import type { LayoutGate } from './layout-gate.ts';
import { kindNumber, merged, rollupRows } from './rollup-sql.ts';
import { sourcesOf } from './sample-source.ts';
import { minutesOf, minuteTable } from './sealed-minutes.ts';
import type { SegmentShelf } from './segment-shelf.ts';
import type { SegmentWriter } from './segment-writer.ts';
import type { SealingPace } from './store-message.ts';
import { rollupLevels, rollupTable, sampleTable, sealedTable } from './store-schema.ts';
import type { StoreWriter } from './store-writer.ts';

/** A late segment goes into its day again unless the day has so many times its rows: so each row is written a few times at most. */
const absorbShare = 4;
/** The most a sorted row takes, and what is left to ingest. */
const bytesPerRow = 16;
const spareBytes = 64 * 1024 ** 2;

/**
 * Sorts days that are over into files of their own, the oldest first. A generation gives one day after the other away until it
 * has none and goes. What is taken out of a generation and what takes its place change in one commit of the history file.
 */
export class Sealing {
  readonly #connection: DuckDBConnection;
  readonly #gate: LayoutGate;
  readonly #shelf: SegmentShelf;
  readonly #writer: StoreWriter;
  readonly #segments: SegmentWriter;
  readonly #clock: Clock;
  readonly #pace: SealingPace;
  readonly #nextId: () => number;
  /** Of generations that are no longer written to; undefined once nothing is in it. */
  readonly #oldest = new Map<number, number | undefined>();
  #rolledMs: number;
  #isWaiting = false;

  constructor(options: {
    connection: DuckDBConnection;
    gate: LayoutGate;
    shelf: SegmentShelf;
    writer: StoreWriter;
    segments: SegmentWriter;
    clock: Clock;
    pace: SealingPace;
    nextId: () => number;
  }) {
    this.#connection = options.connection;
    this.#gate = options.gate;
    this.#shelf = options.shelf;
    this.#writer = options.writer;
    this.#clock = options.clock;
    this.#pace = options.pace;
    this.#segments = options.segments;
    this.#nextId = options.nextId;
    this.#rolledMs = options.clock.monotonicMs();
  }

  /** Begins a new generation when the open one holds what is to be sealed, or too much. */
  async rollWhenDue(): Promise<void> {
    const { id } = openGeneration(this.#gate.layout);
    const rows = await this.#number(
      columnKinds.map((kind) => `(SELECT count(*) FROM ${sampleTable(kind, id)})`).join(' + '),
    );
    if (rows === 0) return;
    // What is not rolled up yet is young; that it is late shows soon enough.
    const oldest = await this.#number(`(SELECT min(slot) FROM ${rollupTable(rollupLevels[2], id)})`);
    const isLate = oldest !== undefined && this.#isOver(oldest);
    const waited = this.#clock.monotonicMs() - this.#rolledMs >= this.#pace.lateMs;
    if (rows! < this.#pace.rowsMax && !(isLate && waited)) return;
    await this.#writer.prepare(id + 1);
    await this.#gate.change(async ({ generations, segments }) => {
      await this.#writer.roll(id + 1);
      return { generations: [...generations, { id: id + 1, sealedTo: 0 }], segments };
    });
    this.#rolledMs = this.#clock.monotonicMs();
  }

  /** Seals one day, or lets an empty generation go. False when there is nothing to do. */
  async sealNext(): Promise<boolean> {
    const closed = this.#gate.layout.generations.slice(0, -1);
    for (const generation of closed) await this.#lookInto(generation);
    const empty = closed.find(({ id }) => this.#oldest.get(id) === undefined);
    if (empty !== undefined) {
      await this.#drop(empty.id);
      return true;
    }
    const day = Math.min(...closed.map(({ id }) => this.#oldest.get(id)!));
    const crowded =
      closed.length > this.#pace.generationsMax ? this.#oldest.get(closed[0]!.id)! : Number.POSITIVE_INFINITY;
    const next = this.#isOver(day) ? day : crowded;
    if (!Number.isFinite(next)) return false;
    return this.#seal(
      next,
      closed.filter(({ id }) => this.#oldest.get(id) === next),
    );
  }

  #isOver(day: number): boolean {
    return (day + 1) * dayMs + this.#pace.overMs <= this.#clock.now();
  }

  async #lookInto({ id, sealedTo }: Generation): Promise<void> {
    if (this.#oldest.has(id)) return;
    const oldest = await this.#number(
      `least(${columnKinds
        .map((kind) => `(SELECT min(time) FROM ${sampleTable(kind, id)} WHERE time >= ${sealedTo})`)
        .join(', ')})`,
    );
    this.#oldest.set(id, oldest === undefined ? undefined : Math.floor(oldest / dayMs));
  }

  async #drop(generation: number): Promise<void> {
    await this.#gate.change(async ({ generations, segments }) => {
      await this.#writer.drop(generation);
      return { generations: generations.filter(({ id }) => id !== generation), segments };
    });
    this.#oldest.delete(generation);
  }

  async #seal(day: number, generations: readonly Generation[]): Promise<boolean> {
    const { absorbed, rows } = await this.#absorbed(day, generations);
    if (!(await this.#hasSpaceFor(rows))) return false;
    const release = await this.#shelf.hold(absorbed);
    try {
      const id = this.#nextId();
      const file = this.#shelf.fileOf({ id, day });
      const made = await this.#segments.write(
        file,
        (kind) => sourcesOf(kind, { generations, segments: [] }, absorbed),
        `time >= ${day * dayMs} AND time < ${(day + 1) * dayMs}`,
        rows,
      );
      if (made === undefined) return false;
      await this.#commit({ id, day, ...made, samples: 'all', minutes: minuteTable }, absorbed, generations);
    } finally {
      release();
    }
    for (const segment of absorbed) await rm(this.#shelf.fileOf(segment), { force: true });
    this.#shelf.retire(absorbed);
    return true;
  }

  /** Segments of the day that are not much larger than what comes to them, smallest first. */
  async #absorbed(day: number, generations: readonly Generation[]): Promise<{ absorbed: Segment[]; rows: number }> {
    let rows = 0;
    for (const { id, sealedTo } of generations) {
      for (const kind of columnKinds) {
        rows += (await this.#number(
          `(SELECT count(*) FROM ${sampleTable(kind, id)} WHERE time >= ${Math.max(sealedTo, day * dayMs)} AND time < ${(day + 1) * dayMs})`,
        ))!;
      }
    }
    const absorbed: Segment[] = [];
    const whole = this.#gate.layout.segments.filter((segment) => segment.day === day && segment.samples === 'all');
    for (const segment of whole.toSorted((a, b) => a.rows - b.rows)) {
      if (segment.rows > rows * absorbShare) break;
      absorbed.push(segment);
      rows += segment.rows;
    }
    return { absorbed, rows };
  }

  /** A disk that is full ends the process, and ingest needs what is left: sealing waits for better times. */
  async #hasSpaceFor(rows: number): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#shelf.folder);
    const isEnough = bavail * bsize > rows * bytesPerRow + spareBytes;
    if (!isEnough && !this.#isWaiting)
      process.stderr.write(`sealing of days waits: too little space on the disk of ${this.#shelf.folder}\n`);
    this.#isWaiting = !isEnough;
    return isEnough;
  }

  async #commit(made: Segment, absorbed: readonly Segment[], generations: readonly Generation[]): Promise<void> {
    const connection = this.#connection;
    const release = await this.#shelf.hold([made]);
    const gone = absorbed.map(({ id }) => id);
    const sealedTo = (made.day + 1) * dayMs;
    const given = new Set(generations.map(({ id }) => id));
    try {
      await connection.run('BEGIN');
      await this.#insertRollups(made);
      await connection.run(insertSegment(made));
      for (const table of ['sealed_segments', ...rollupLevels.slice(1).map(sealedTable)]) {
        const key = table === 'sealed_segments' ? 'id' : 'segment';
        if (gone.length > 0) await connection.run(`DELETE FROM ${table} WHERE ${key} IN (${gone.join(', ')})`);
      }
      await connection.run(`UPDATE generations SET sealed_to = ${sealedTo} WHERE id IN (${[...given].join(', ')})`);
      await this.#gate.change(async (layout) => {
        await connection.run('COMMIT');
        return {
          generations: layout.generations.map((one) => (given.has(one.id) ? { id: one.id, sealedTo } : one)),
          segments: byDay([...layout.segments.filter(({ id }) => !gone.includes(id)), made]),
        };
      });
    } catch (error) {
      // After a commit that failed there is nothing to roll back.
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      release();
    }
    for (const id of given) this.#oldest.delete(id);
  }

  async #insertRollups(segment: Segment): Promise<void> {
    const [minutes, ...coarser] = rollupLevels;
    for (const kind of columnKinds) {
      for (const level of coarser) {
        const slots = merged(
          `FROM ${minutesOf(segment, `kind = ${kindNumber(kind)}`)}`,
          `slot // ${level.widthMs / minutes.widthMs}`,
        );
        await this.#connection.run(
          `INSERT INTO ${sealedTable(level)} SELECT ${segment.id}, ${kindNumber(kind)}, * FROM (${rollupRows(slots)}) ORDER BY tag, slot`,
        );
      }
    }
  }

  /** Undefined for null. */
  async #number(expression: string): Promise<number | undefined> {
    const reader = await this.#connection.runAndReadAll(`SELECT (${expression})::DOUBLE`);
    return (reader.getRows()[0]![0] as number | null) ?? undefined;
  }
}

/** For the ledger. */
export function insertSegment({ id, day, rows, kinds, samples, minutes }: Segment): string {
  return `INSERT INTO sealed_segments VALUES (${id}, ${day}, ${rows}, ${kinds}, '${samples}', '${minutes}')`;
}

/** What the ledger says. */
export async function readLayout(connection: DuckDBConnection): Promise<Layout> {
  const generations = await connection.runAndReadAll(
    'SELECT id::DOUBLE, sealed_to::DOUBLE FROM generations ORDER BY id',
  );
  const segments = await connection.runAndReadAll(
    'SELECT id::DOUBLE, day::DOUBLE, rows::DOUBLE, kinds, samples, minutes FROM sealed_segments ORDER BY day, id',
  );
  return {
    generations: generations.getRows().map(([id, sealedTo]) => ({ id, sealedTo }) as Generation),
    segments: segments
      .getRows()
      .map(([id, day, rows, kinds, samples, minutes]) => ({ id, day, rows, kinds, samples, minutes }) as Segment),
  };
}

/** Files no ledger names: of a process that died before its commit, or after it and before it tidied up. */
export async function removeStrays(folder: string, { segments }: Layout): Promise<void> {
  const known = new Set(segments.map(segmentFile));
  for (const name of await readdir(folder)) {
    if (/^\d{4,}-\d\d-\d\d\.\d+\.duckdb/.test(name) && !known.has(name)) await rm(join(folder, name), { force: true });
  }
}
