import type { SampleBlock } from '@gongfu/shared/model/sample';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import { flux, fluxDateTime, fluxInteger } from '@influxdata/influxdb-client';
import type { AdmittedBatch } from '../history-store.ts';
import type { Generations } from './generations.ts';
import type { InfluxLink } from './influx-link.ts';
import { unavailable } from './influx-problems.ts';
import { LineBuffer } from './line-buffer.ts';
import type { LineWriter } from './line-writer.ts';
import { latestMs, nanosecondsOf } from './point-scheme.ts';
import { rangeOf } from './raw-rows.ts';
import { TagNotes } from './tag-notes.ts';

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
const minutesPerHour = 60;

/** Of one tag and hour. Two halves of thirty minutes, a bit each. */
export interface DirtyHour {
  /** Minutes that are not in the roll-ups as they are. */
  readonly dirty: [number, number];
  /** Minutes something was marked in since the roll-ups last looked. */
  readonly stirred: [number, number];
  /** Minutes being rolled up just now. */
  readonly folding: [number, number];
  /** Number of the journal point that names it, 0 while there is none. */
  entry: number;
}

export type HourMap = Map<number, Map<number, DirtyHour>>;

const everything = rangeOf(0, latestMs)!;
const allMinutes = 2 ** 30 - 1;
const tagsPerPoint = 20_000;
/** Of two to the 53rd numbers there are enough for eight million generations. */
const entriesPerGeneration = 2 ** 30;
const journal = 'dirty';
const checkpoint = 'dirty_done';

/**
 * Which minutes of which tags the roll-ups do not hold yet. In memory by the minute, and by the hour in a journal that is
 * durable before a batch is: after a crash all minutes of the hours named there are rolled up again. An hour leaves when its
 * minutes and the hour itself are rolled up.
 */
export class DirtyMinutes {
  readonly #link: InfluxLink;
  readonly #writer: LineWriter;
  readonly #generations: Generations;
  readonly #newest = new TagNotes();
  readonly #kinds = new Map<ColumnKind, HourMap>(columnKinds.map((kind) => [kind, new Map()]));
  #unwritten: { kind: ColumnKind; hour: number; tag: number; state: DirtyHour }[] = [];
  #nextEntry = 1;
  #isNumbered = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: { link: InfluxLink; writer: LineWriter; generations: Generations }) {
    this.#link = options.link;
    this.#writer = options.writer;
    this.#generations = options.generations;
  }

  of(kind: ColumnKind): HourMap {
    return this.#kinds.get(kind)!;
  }

  /** Reads the journal from its last checkpoint. */
  async open(): Promise<void> {
    for (const hours of this.#kinds.values()) hours.clear();
    this.#unwritten = [];
    this.#isNumbered = false;
    let done = 0;
    let last = 0;
    const points: { entry: number; text: string }[] = [];
    await this.#link.read(
      flux`|> ${everything} |> filter(fn: (r) => r._measurement == ${checkpoint}) |> last() |> keep(columns: ["_time", "_value"])`,
      (row, columns) => {
        done = Number(row[columns.value]);
      },
    );
    await this.#link.read(
      flux`|> range(start: time(v: ${fluxInteger(done)}), stop: ${fluxDateTime(new Date(latestMs).toISOString())})
        |> filter(fn: (r) => r._measurement == ${journal}) |> keep(columns: ["_time", "_value"])`,
      (row, columns) => {
        const entry = nanosecondsOf(row[columns.time]!);
        last = Math.max(last, entry);
        points.push({ entry, text: row[columns.value]! });
      },
    );
    this.#nextEntry = Math.max(done, last + 1, 1);
    for (const { entry, text } of points) this.#restore(entry, text);
  }

  /** To be told before rows are sent. */
  mark(batches: readonly Pick<AdmittedBatch, 'blocks'>[]): void {
    for (const { blocks } of batches)
      for (const block of blocks) this.#newest.during([block], (newest) => this.#mark(block, newest));
  }

  #mark({ kind, count, tags, sourceTimes }: SampleBlock, newest: Float64Array): void {
    for (let row = 0; row < count; row += 1) {
      const tag = tags[row]!;
      const minute = Math.floor(sourceTimes[row]! / minuteMs);
      // Most of a block is of few minutes.
      if (minute === newest[tag]) continue;
      newest[tag] = minute;
      const hour = Math.floor(minute / minutesPerHour);
      const { dirty, stirred } = this.#stateOf(kind, hour, tag);
      const within = minute - hour * minutesPerHour;
      const half = within < 30 ? 0 : 1;
      const bit = 1 << (within - half * 30);
      dirty[half] |= bit;
      stirred[half] |= bit;
    }
  }

  /** Resolves when every hour marked so far is in the journal. */
  flush(): Promise<void> {
    const written = this.#turn.then(() => this.#write());
    this.#turn = written.catch(() => undefined);
    return written;
  }

  /** Forgets what of the journal is done, so that the next start reads little. */
  async shorten(): Promise<void> {
    // Not amid a write: its entries have their numbers, and no hour has them yet.
    const oldest = await this.#turn.then(() => this.#oldestEntry());
    await this.#link.write(`${checkpoint} to=${oldest}i 0`);
    await this.#link.delete(journal, oldest);
  }

  #oldestEntry(): number {
    let oldest = this.#nextEntry;
    for (const hours of this.#kinds.values())
      for (const tags of hours.values())
        for (const { entry } of tags.values()) if (entry > 0 && entry < oldest) oldest = entry;
    return oldest;
  }

  async #write(): Promise<void> {
    if (this.#unwritten.length === 0) return;
    await this.#number();
    const hours = this.#unwritten.splice(0);
    const byHour = new Map<string, number[]>();
    for (const { kind, hour, tag } of hours) {
      const name = `${columnKinds.indexOf(kind)}:${hour}`;
      const tags = byHour.get(name);
      if (tags === undefined) byHour.set(name, [tag]);
      else tags.push(tag);
    }
    const lines = new LineBuffer();
    const first = this.#nextEntry;
    for (const [name, tags] of byHour) {
      for (let at = 0; at < tags.length; at += tagsPerPoint) {
        lines.text(`${journal} keys="${name}:${tags.slice(at, at + tagsPerPoint).join(' ')}" ${this.#nextEntry}`);
        lines.endLine();
        this.#nextEntry += 1;
      }
    }
    try {
      const [refused] = await this.#writer.write(lines);
      if (refused !== undefined) throw unavailable(`it refuses the journal of the roll-ups: ${refused.reason}`);
    } catch (error) {
      this.#unwritten.push(...hours);
      throw error;
    }
    for (const { state } of hours) state.entry = first;
  }

  /** An entry of a life before may still be on its way: no number it could have is given again. */
  async #number(): Promise<void> {
    if (this.#isNumbered) return;
    const generation = await this.#generations.claim();
    this.#nextEntry = Math.max(this.#nextEntry, generation * entriesPerGeneration);
    this.#isNumbered = true;
  }

  #restore(entry: number, text: string): void {
    const [kind, hour, tags] = text.split(':') as [string, string, string];
    for (const tag of tags.split(' ')) {
      const state = this.#stateOf(columnKinds[Number(kind)]!, Number(hour), Number(tag));
      state.dirty.fill(allMinutes);
      state.entry = entry;
    }
    this.#unwritten = [];
  }

  #stateOf(kind: ColumnKind, hour: number, tag: number): DirtyHour {
    const hours = this.#kinds.get(kind)!;
    let tags = hours.get(hour);
    if (tags === undefined) {
      tags = new Map();
      hours.set(hour, tags);
    }
    let state = tags.get(tag);
    if (state === undefined) {
      state = { dirty: [0, 0], stirred: [0, 0], folding: [0, 0], entry: 0 };
      tags.set(tag, state);
      this.#unwritten.push({ kind, hour, tag, state });
    }
    return state;
  }
}

/** Whether a minute (0 to 59 of its hour) is set. */
export function has([low, high]: readonly [number, number], minute: number): boolean {
  return minute < 30 ? ((low >>> minute) & 1) === 1 : ((high >>> (minute - 30)) & 1) === 1;
}
