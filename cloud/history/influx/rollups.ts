import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import { flux } from '@influxdata/influxdb-client';
import { Bucket } from './bucket.ts';
import { type DirtyHour, type DirtyMinutes, has, hourMs, minuteMs } from './dirty-minutes.ts';
import type { InfluxLink } from './influx-link.ts';
import { LineBuffer } from './line-buffer.ts';
import type { LineWriter } from './line-writer.ts';
import { PointTimes, rollupTime } from './point-scheme.ts';
import { readRaw, readTables } from './raw-rows.ts';

/** How eagerly roll-ups are made. */
export interface RollupPace {
  readonly lookMs: number;
  /** A minute is rolled up when it ended so long ago. */
  readonly settleMs: number;
  /** What of the journal is done is forgotten so often. */
  readonly shortenMs: number;
}

const minutesPerHour = 60;
/** Buckets of one look at the raw samples: memory that stays small. */
const bucketsMax = 100_000;

export function rollupOf(level: 'minute' | 'hour', kind: ColumnKind): string {
  return `${level}_${kind}`;
}

interface Hour {
  readonly kind: ColumnKind;
  readonly hour: number;
  readonly tags: ReadonlyMap<number, DirtyHour>;
}

/**
 * Rolls up what ingest has stored, beside it: a minute from the raw samples, an hour from its minutes, always the whole of
 * it, so that late data and a crash in between change nothing of the result. Until it is done the minute stays dirty and
 * whoever asks gets it from the raw samples. What is made anew from more samples lies beside what was there, never over it:
 * a write that was given up may still arrive, however late. To have few of them, a minute rests for a look before its turn.
 */
export class Rollups implements Part {
  readonly #link: InfluxLink;
  readonly #writer: LineWriter;
  readonly #dirty: DirtyMinutes;
  readonly #appends: ReadonlySet<Promise<unknown>>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #pace: RollupPace;
  #wanted = false;
  #shortenedMs = 0;
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: {
    link: InfluxLink;
    writer: LineWriter;
    dirty: DirtyMinutes;
    /** What is under way to the store just now. */
    appends: ReadonlySet<Promise<unknown>>;
    clock: Clock;
    log: Logger;
    pace: RollupPace;
  }) {
    this.#link = options.link;
    this.#writer = options.writer;
    this.#dirty = options.dirty;
    this.#appends = options.appends;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#pace = options.pace;
  }

  async start(): Promise<void> {
    this.#wanted = true;
    this.#shortenedMs = this.#clock.monotonicMs();
    this.#later();
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    this.#cancel();
    await this.#running;
  }

  #later(): void {
    this.#cancel = this.#clock.after(this.#pace.lookMs, () => {
      this.#running = this.#look();
    });
  }

  async #look(): Promise<void> {
    try {
      await this.#fold();
      const now = this.#clock.monotonicMs();
      if (now - this.#shortenedMs >= this.#pace.shortenMs) {
        await this.#dirty.shorten();
        this.#shortenedMs = now;
      }
    } catch (error) {
      // Without roll-ups the history is slower, not wrong.
      this.#log.warn({ error: messageOf(error) }, 'roll-ups are behind and tried again');
    }
    if (this.#wanted) this.#later();
  }

  async #fold(): Promise<void> {
    const settledMs = this.#clock.now() - this.#pace.settleMs;
    const hours = this.#take(settledMs);
    try {
      // What was under way when the minutes were taken is visible after it; what begins later marks them anew.
      await Promise.allSettled([...this.#appends]);
      for (const hour of hours) {
        if (!this.#wanted) return;
        await this.#foldMinutes(hour);
        if ((hour.hour + 1) * hourMs <= settledMs) await this.#foldHour(hour);
      }
    } finally {
      for (const { tags } of hours) for (const state of tags.values()) giveBack(state);
    }
  }

  #take(settledMs: number): Hour[] {
    const taken: Hour[] = [];
    for (const kind of columnKinds) {
      for (const [hour, states] of this.#dirty.of(kind)) {
        const settled = Math.floor((settledMs - hour * hourMs) / minuteMs);
        if (settled <= 0) continue;
        const tags = new Map<number, DirtyHour>();
        for (const [tag, state] of states) {
          if (takeMinutes(state, settled) || settled >= minutesPerHour) tags.set(tag, state);
        }
        if (tags.size > 0) taken.push({ kind, hour, tags });
      }
    }
    return taken;
  }

  async #foldMinutes({ kind, hour, tags }: Hour): Promise<void> {
    const step = Math.max(1, Math.floor(bucketsMax / tags.size));
    for (let minute = 0; minute < minutesPerHour; minute += step) {
      const end = Math.min(minutesPerHour, minute + step);
      const states = [...tags].filter(([, { folding }]) => within(folding, minute, end).length > 0);
      if (states.length === 0) continue;
      const named = states.map(([tag]) => tag);
      const minutes = new Set(states.flatMap(([, { folding }]) => within(folding, minute, end)));
      const from = hour * hourMs + Math.min(...minutes) * minuteMs;
      const to = hour * hourMs + (Math.max(...minutes) + 1) * minuteMs;
      const buckets = new Map<string, Bucket>();
      await readRaw(this.#link, { kind, tags: named, from, to }, (point) => {
        const place = Math.floor((point.sourceTime - hour * hourMs) / minuteMs);
        if (!has(tags.get(point.tag)!.folding, place)) return;
        const name = `${rollupOf('minute', kind)},n=${point.tag} r="|" ${hour * minutesPerHour + place}`;
        const bucket = buckets.get(name) ?? new Bucket();
        buckets.set(name, bucket);
        bucket.take(kind, point);
      });
      await this.#write(buckets, minuteMs);
      for (const [, { folding }] of states) for (let one = minute; one < end; one += 1) clear(folding, one);
    }
  }

  async #foldHour({ kind, hour, tags }: Hour): Promise<void> {
    const isWhole = ({ dirty, folding }: DirtyHour) => [...dirty, ...folding].every((bits) => bits === 0);
    const whole = [...tags].filter(([, state]) => isWhole(state));
    const buckets = new Map<string, Bucket>();
    const range = { from: hour * hourMs, to: (hour + 1) * hourMs };
    await readBuckets(this.#link, 'minute', { kind, tags: whole.map(([tag]) => tag), ...range }, (tag, _, bucket) => {
      const name = `${rollupOf('hour', kind)},n=${tag} r="|" ${hour}`;
      const sum = buckets.get(name) ?? new Bucket();
      buckets.set(name, sum);
      sum.merge(bucket);
    });
    await this.#write(buckets, hourMs);
    const states = this.#dirty.of(kind).get(hour);
    for (const [tag, state] of whole) if (isWhole(state)) states?.delete(tag);
    if (states?.size === 0) this.#dirty.of(kind).delete(hour);
  }

  async #write(buckets: ReadonlyMap<string, Bucket>, widthMs: number): Promise<void> {
    const lines = new LineBuffer();
    for (const [name, bucket] of buckets) {
      const [point, slot] = name.split('|" ') as [string, string];
      lines.text(`${point}${bucket.format()}" ${rollupTime(Number(slot) * widthMs, bucket.points)}`);
      lines.endLine();
    }
    const refused = await this.#writer.write(lines);
    if (refused.length > 0) throw new Error(`a roll-up was refused: ${refused[0]!.reason}`);
  }
}

/** Roll-ups of one level, with the begin of each; of several of one stretch the newest. */
export async function readBuckets(
  link: InfluxLink,
  level: 'minute' | 'hour',
  query: { kind: ColumnKind; tags: readonly number[]; from: number; to: number },
  take: (tag: number, from: number, bucket: Bucket) => void,
): Promise<void> {
  const times = new PointTimes();
  const wanted = new Set(query.tags);
  const widthMs = level === 'minute' ? minuteMs : hourMs;
  const tables = { ...query, measurement: rollupOf(level, query.kind), each: flux`` };
  const newest = { tag: 0, from: 0, points: 0, text: '' };
  const tell = () => {
    if (newest.text !== '') take(newest.tag, newest.from, Bucket.parse(newest.text, newest.points));
  };
  // A table is one tag by time, so the newest of a stretch is its last.
  await readTables(link, tables, (row, columns) => {
    const tag = Number(row[columns.tag]);
    if (!wanted.has(tag)) return;
    times.read(row[columns.time]!);
    const from = Math.floor(times.ms / widthMs) * widthMs;
    if (tag !== newest.tag || from !== newest.from) tell();
    newest.tag = tag;
    newest.from = from;
    newest.points = times.nanosecondsAfter(from);
    newest.text = row[columns.value]!;
  });
  tell();
}

/** Moves to those being rolled up what of the first `settled` minutes is dirty and has been still since the last look. */
function takeMinutes(state: DirtyHour, settled: number): boolean {
  let any = 0;
  for (const half of [0, 1] as const) {
    const count = Math.max(0, Math.min(30, settled - half * 30));
    const taken = state.dirty[half] & (2 ** count - 1) & ~state.stirred[half];
    state.folding[half] |= taken;
    state.dirty[half] &= ~taken;
    state.stirred[half] = 0;
    any |= taken;
  }
  return any !== 0;
}

function giveBack(state: DirtyHour): void {
  for (const half of [0, 1] as const) {
    state.dirty[half] |= state.folding[half];
    state.folding[half] = 0;
  }
}

/** Those that are set of [from, to). */
function within(bits: readonly [number, number], from: number, to: number): number[] {
  const found: number[] = [];
  for (let minute = from; minute < to; minute += 1) if (has(bits, minute)) found.push(minute);
  return found;
}

function clear(bits: [number, number], minute: number): void {
  if (minute < 30) bits[0] &= ~(1 << minute);
  else bits[1] &= ~(1 << (minute - 30));
}
