import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '@gongfu/shared/base/clock';
import { columnKinds } from '@gongfu/shared/model/value-type';
import type { Horizons } from '../horizons.ts';
import type { Removal, RetentionClass, RetentionOrder } from '../retention.ts';
import { byDay, dayMs, hasKind, type Segment, segmentName } from './layout.ts';
import type { LayoutGate } from './layout-gate.ts';
import { Removals, RetentionPlan } from './retention-plan.ts';
import { insertSegment } from './sealing.ts';
import type { SegmentShelf } from './segment-shelf.ts';
import type { SegmentWriter } from './segment-writer.ts';
import { rollupLevels, sampleTable, sealedTable } from './store-schema.ts';

interface Gone {
  readonly samples: readonly number[];
  readonly minutes: readonly number[];
}

/** Takes away what is older than it is to be kept: whole files, and where tags of a day are kept for different times all but some. */
export class Retaining {
  readonly #connection: DuckDBConnection;
  readonly #gate: LayoutGate;
  readonly #shelf: SegmentShelf;
  readonly #segments: SegmentWriter;
  readonly #horizons: Horizons;
  readonly #clock: Clock;
  readonly #nextId: () => number;

  constructor(options: {
    connection: DuckDBConnection;
    gate: LayoutGate;
    shelf: SegmentShelf;
    segments: SegmentWriter;
    horizons: Horizons;
    clock: Clock;
    nextId: () => number;
  }) {
    this.#connection = options.connection;
    this.#gate = options.gate;
    this.#shelf = options.shelf;
    this.#segments = options.segments;
    this.#horizons = options.horizons;
    this.#clock = options.clock;
    this.#nextId = options.nextId;
  }

  async retain(order: RetentionOrder, between: () => Promise<boolean>): Promise<Removal[]> {
    const plan = new RetentionPlan(order, this.#clock.now());
    const removals = new Removals();
    for (const segment of this.#gate.layout.segments) {
      const samples = segment.samples !== 'none' && plan.touches('samples', segment.day);
      if (!samples && !(segment.minutes !== 'none' && plan.touches('minutes', segment.day))) continue;
      if (!(await between())) break;
      await this.#forget(segment, plan, removals);
    }
    await this.#forgetSlots('hours', rollupLevels[1], plan, removals);
    await this.#forgetSlots('days', rollupLevels[2], plan, removals);
    return removals.list;
  }

  async #forget(segment: Segment, plan: RetentionPlan, removals: Removals): Promise<void> {
    const release = await this.#shelf.hold([segment]);
    try {
      const kinds = columnKinds.filter((kind) => hasKind(segment, kind));
      const sampled = await this.#tags(kinds.map((kind) => `${segmentName(segment)}.${sampleTable(kind)}`));
      const rolledUp = await this.#tags(
        segment.minutes === 'none' ? [] : [`${segmentName(segment)}.${segment.minutes}`],
      );
      const gone = {
        samples: sampled.filter((tag) => segment.day < plan.firstDay('samples', tag)),
        minutes: rolledUp.filter((tag) => segment.day < plan.firstDay('minutes', tag)),
      };
      if (gone.samples.length === 0 && gone.minutes.length === 0) return;
      const keeps = { samples: gone.samples.length < sampled.length, minutes: gone.minutes.length < rolledUp.length };
      const made = keeps.samples || keeps.minutes ? await this.#copy(segment, gone, keeps) : undefined;
      await this.#commit(segment, made, gone);
      for (const what of ['samples', 'minutes'] as const) {
        for (const tag of gone[what]) removals.add(what, segment.day, plan.nameOf(tag));
      }
    } finally {
      release();
    }
    await rm(this.#shelf.fileOf(segment), { force: true });
    this.#shelf.retire([segment]);
  }

  async #copy(segment: Segment, gone: Gone, keeps: { samples: boolean; minutes: boolean }): Promise<Segment> {
    const id = this.#nextId();
    const { day } = segment;
    const written = await this.#segments.copy(this.#shelf.fileOf({ id, day }), segment, gone);
    const samples = !keeps.samples ? 'none' : gone.samples.length > 0 ? 'some' : segment.samples;
    return { id, day, ...written, samples, minutes: keeps.minutes ? segment.minutes : 'none' };
  }

  async #commit({ id, day }: Segment, made: Segment | undefined, gone: Gone): Promise<void> {
    await this.#transact(
      [
        `DELETE FROM sealed_segments WHERE id = ${id}`,
        ...(made === undefined ? [] : [insertSegment(made)]),
        ...horizonStatements('samples', gone.samples, day + 1),
        ...horizonStatements('minutes', gone.minutes, day + 1),
      ],
      async (commit) => {
        await this.#gate.change(async ({ generations, segments }) => {
          await commit();
          this.#horizons.raise('samples', gone.samples, day + 1);
          this.#horizons.raise('minutes', gone.minutes, day + 1);
          const others = segments.filter((one) => one.id !== id);
          return { generations, segments: made === undefined ? others : byDay([...others, made]) };
        });
      },
    );
  }

  /** Of hours and days, which are kept in the history file itself. */
  async #forgetSlots(
    what: 'hours' | 'days',
    level: (typeof rollupLevels)[1 | 2],
    plan: RetentionPlan,
    removals: Removals,
  ): Promise<void> {
    const slots = dayMs / level.widthMs;
    const table = sealedTable(level);
    const found = await this.#connection.runAndReadAll(`SELECT DISTINCT tag, (slot // ${slots})::DOUBLE FROM ${table}`);
    const due = (found.getRows() as [number, number][]).filter(([tag, day]) => day < plan.firstDay(what, tag));
    for (const [day, tags] of byKey(due.map(([tag, day]) => [day, tag]))) {
      await this.#transact(
        [
          `DELETE FROM ${table} WHERE slot // ${slots} = ${day} AND tag IN (${tags.join(', ')})`,
          ...horizonStatements(what, tags, day + 1),
        ],
        (commit) => commit(),
      );
      this.#horizons.raise(what, tags, day + 1);
      for (const tag of tags) removals.add(what, day, plan.nameOf(tag));
    }
  }

  async #transact(statements: readonly string[], finish: (commit: () => Promise<unknown>) => Promise<unknown>) {
    try {
      await this.#connection.run(['BEGIN', ...statements].join(';'));
      await finish(() => this.#connection.run('COMMIT'));
    } catch (error) {
      // After a commit that failed there is nothing to roll back.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #tags(tables: readonly string[]): Promise<number[]> {
    if (tables.length === 0) return [];
    const found = await this.#connection.runAndReadAll(
      `SELECT DISTINCT tag FROM (${tables.map((table) => `SELECT tag FROM ${table}`).join(' UNION ALL ')})`,
    );
    return found.getRows().map(([tag]) => tag as number);
  }
}

function horizonStatements(what: RetentionClass, tags: readonly number[], day: number): string[] {
  if (tags.length === 0) return [];
  return [
    // One row a tag and class is enough, that of the latest day: else there were another each day, for ever.
    `DELETE FROM horizons WHERE class = '${what}' AND day <= ${day} AND tag IN (${tags.join(', ')})`,
    `INSERT INTO horizons SELECT '${what}', tag, ${day} FROM (VALUES ${tags.map((tag) => `(${tag})`).join(', ')}) taken(tag)
      WHERE tag NOT IN (SELECT tag FROM horizons WHERE class = '${what}')`,
  ];
}

function byKey(pairs: readonly (readonly [key: number, value: number])[]): Map<number, number[]> {
  const grouped = new Map<number, number[]>();
  for (const [key, value] of pairs) {
    const values = grouped.get(key);
    if (values === undefined) grouped.set(key, [value]);
    else values.push(value);
  }
  return grouped;
}
