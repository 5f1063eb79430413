import { isBad } from '@gongfu/shared/model/quality';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { Rank } from './point-scheme.ts';
import { compareRanks, figureOf, type RawPoint } from './raw-rows.ts';

/** A figure and when it was. */
interface Figure {
  readonly value: number;
  readonly sourceTime: number;
}

/**
 * What a tag holds in a stretch of time. Values and statuses are taken in any order: a good or uncertain sample has a value,
 * a bad one none, so both are counted without being joined.
 */
export class Bucket {
  /** Values and statuses it was made of, each counted: of two buckets of one stretch the one with more is the newer one. */
  points = 0;
  count = 0;
  badCount = 0;
  worst = 0;
  low: Figure | undefined;
  high: Figure | undefined;
  first: (Figure & Rank) | undefined;
  last: (Figure & Rank) | undefined;
  #figures = 0;
  #sum = 0;
  #lost = 0;

  take(kind: ColumnKind, point: RawPoint): void {
    this.points += 1;
    if (!point.isValue) {
      const status = Number(point.text);
      if (isBad(status)) this.badCount += 1;
      if (status > this.worst) this.worst = status;
      return;
    }
    this.count += 1;
    const value = figureOf(kind, point.text);
    if (value === undefined) return;
    this.#figures += 1;
    this.#add(value);
    const { sourceTime, epoch, sequence, rank } = point;
    const figure = { value, sourceTime, epoch, sequence, rank };
    if (this.low === undefined || value < this.low.value) this.low = figure;
    if (this.high === undefined || value > this.high.value) this.high = figure;
    if (this.first === undefined || compareRanks(figure, this.first) < 0) this.first = figure;
    if (this.last === undefined || compareRanks(figure, this.last) > 0) this.last = figure;
  }

  /** Of another stretch of time. */
  merge(other: Bucket): void {
    this.points += other.points;
    this.count += other.count;
    this.badCount += other.badCount;
    this.worst = Math.max(this.worst, other.worst);
    const { low, high, first, last, mean } = other;
    if (mean === undefined || low === undefined || high === undefined || first === undefined || last === undefined)
      return;
    this.#figures += other.#figures;
    this.#add(mean * other.#figures);
    if (this.low === undefined || low.value < this.low.value) this.low = low;
    if (this.high === undefined || high.value > this.high.value) this.high = high;
    if (this.first === undefined || compareRanks(first, this.first) < 0) this.first = first;
    if (this.last === undefined || compareRanks(last, this.last) > 0) this.last = last;
  }

  /** Never outside what it is the mean of, however a sum is rounded. */
  get mean(): number | undefined {
    if (this.low === undefined || this.high === undefined) return undefined;
    const mean = (this.#sum + this.#lost) / this.#figures;
    return Math.max(this.low.value, Math.min(this.high.value, mean));
  }

  /** One text without a comma: InfluxDB keeps a bucket as one value of one field. */
  format(): string {
    const figure = (one: Figure | undefined) => (one === undefined ? ['', ''] : [exact(one.value), one.sourceTime]);
    const ranked = (one: (Figure & Rank) | undefined) =>
      one === undefined ? ['', '', '', '', ''] : [...figure(one), one.epoch, one.sequence, one.rank];
    return [
      this.count,
      this.badCount,
      this.worst,
      this.#figures,
      this.mean === undefined ? '' : exact(this.mean),
      ...figure(this.low),
      ...figure(this.high),
      ...ranked(this.first),
      ...ranked(this.last),
    ].join(' ');
  }

  /** `points`: 0 where nobody has written down how many they were. */
  static parse(text: string, points: number): Bucket {
    const bucket = new Bucket();
    const words = text.split(' ');
    const [count, badCount, worst, figures] = words.slice(0, 4).map(Number) as [number, number, number, number];
    Object.assign(bucket, { points: Math.max(points, count + badCount), count, badCount, worst });
    if (figures === 0) return bucket;
    const figure = (at: number) => ({ value: Number(words[at]), sourceTime: Number(words[at + 1]) });
    const ranked = (at: number) => {
      const [epoch, sequence, rank] = words.slice(at + 2, at + 5).map(Number) as [number, number, number];
      return { ...figure(at), epoch, sequence, rank };
    };
    bucket.#figures = figures;
    bucket.#sum = Number(words[4]) * figures;
    bucket.low = figure(5);
    bucket.high = figure(7);
    bucket.first = ranked(9);
    bucket.last = ranked(14);
    return bucket;
  }

  /** What a sum of many loses is kept beside it. */
  #add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }
}

function exact(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
