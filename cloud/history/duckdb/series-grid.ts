import type { SeriesPoint } from '../history-store.ts';
import { dayMs } from './layout.ts';
import { type RollupLevel, rollupLevels } from './store-schema.ts';

const pointsMax = 20_000;
/** Of fewer slots in a bucket less is saved than it costs to put them together with the samples of cut ones. */
const slotsMin = 10;
/** What a BIGINT takes. */
const wholeMax = 2 ** 63;

/** Buckets of equal length between any two times: their edges lie anywhere, also within slots of what is rolled up. */
export class SeriesGrid {
  readonly from: number;
  readonly to: number;
  readonly points: number;
  readonly #edges: readonly number[];

  constructor(asked: { readonly from: number; readonly to: number; readonly points: number }) {
    this.from = Math.trunc(asked.from);
    this.to = Math.max(this.from + 1, Math.trunc(asked.to));
    this.points = Math.max(1, Math.min(asked.points, this.#spanMs, pointsMax));
    this.#edges = Array.from(
      { length: this.points + 1 },
      (_, i) => this.from + Math.ceil((i * this.#spanMs) / this.points),
    );
  }

  get #spanMs(): number {
    return this.to - this.from;
  }

  emptyPoints(): SeriesPoint[] {
    const nothing = { count: 0, badCount: 0, min: null, max: null, mean: null, first: null, last: null };
    return this.#edges.slice(1).map((to, i) => ({ from: this.#edges[i]!, to, ...nothing }));
  }

  /** Levels of which every bucket holds some whole slots, coarsest first. */
  get levels(): RollupLevel[] {
    return rollupLevels.filter(({ widthMs }) => this.#spanMs >= slotsMin * widthMs * this.points).toReversed();
  }

  /** Days in which an edge cuts through a slot of that width. */
  cutDays(widthMs: number): Set<number> {
    return new Set(this.#edges.filter((edge) => edge % widthMs !== 0).map((edge) => Math.floor(edge / dayMs)));
  }

  indexOf(time: number): number {
    return Math.floor(((time - this.from) * this.points) / this.#spanMs);
  }

  /** Begin and end of the bucket a time lies in. */
  bucketAt(time: number): readonly [begin: number, end: number] {
    const index = this.indexOf(time);
    return [this.#edges[index]!, this.#edges[index + 1]!];
  }

  /** SQL for the index of a time of the range. */
  bucket(time: string): string {
    const wide = this.#spanMs * this.points < wholeMax ? '' : '::HUGEINT';
    return `(((${time}) - (${this.from}))${wide} * ${this.points} // ${this.#spanMs})::BIGINT`;
  }

  /** SQL for whether all of a slot lies in one bucket. */
  isWhole(slot: string, widthMs: number): string {
    const [begin, end] = [`(${slot}) * ${widthMs}`, `((${slot}) + 1) * ${widthMs}`];
    return `(${begin} >= ${this.from} AND ${end} <= ${this.to} AND ${this.bucket(begin)} = ${this.bucket(`${end} - 1`)})`;
  }
}
