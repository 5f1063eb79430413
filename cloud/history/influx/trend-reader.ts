import { isBad } from '@gongfu/shared/model/quality';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import { bucketWidthMs } from '../bucket-width.ts';
import {
  type HeldTag,
  type HistoryStore,
  type Trend,
  type TrendColumns,
  type TrendFigure,
  trendFigures,
} from '../history-store.ts';
import { Bucket } from './bucket.ts';
import { type DirtyMinutes, has, hourMs, minuteMs } from './dirty-minutes.ts';
import type { InfluxLink } from './influx-link.ts';
import type { OrderedReader } from './ordered-reader.ts';
import { readRaw } from './raw-rows.ts';
import { readBuckets } from './rollups.ts';

const pointsMax = 20_000;
const minutesPerHour = 60;
/** Stretches read by a question of their own; with more the nearest are read as one. */
const stretchesMax = 8;

type TrendQuery = Parameters<HistoryStore['trend']>[0];
/** Buckets of the tags of one kind by their begin. */
type Buckets = Map<number, Map<number, Bucket>>;

interface Asked {
  readonly kind: ColumnKind;
  readonly tags: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
}

/** Many tags over one range, from roll-ups where they are whole and from the raw samples elsewhere. */
export class TrendReader {
  readonly #link: InfluxLink;
  readonly #ordered: OrderedReader;
  readonly #dirty: DirtyMinutes;

  constructor(options: { link: InfluxLink; ordered: OrderedReader; dirty: DirtyMinutes }) {
    this.#link = options.link;
    this.#ordered = options.ordered;
    this.#dirty = options.dirty;
  }

  async trend(query: TrendQuery): Promise<Trend> {
    const bucketMs = bucketWidthMs(query.to - query.from, Math.max(1, Math.min(query.points, pointsMax)));
    const from = Math.max(0, Math.floor(query.from / bucketMs) * bucketMs);
    const to = Math.max(from, Math.ceil(query.to / bucketMs) * bucketMs);
    const found = new Map<ColumnKind, Buckets>();
    for (const kind of new Set(query.tags.map((tag) => tag.kind))) {
      const tags = query.tags.filter((tag) => tag.kind === kind).map(({ number }) => number);
      found.set(kind, await this.#bucketsOf({ kind, tags, from, to, bucketMs }));
    }
    const figures = query.figures ?? trendFigures;
    const before = figures.includes('before') ? await this.#before(query.tags, from) : new Map();
    const columns = query.tags.map((tag) =>
      columnsOf(tag, found.get(tag.kind)!.get(tag.number) ?? new Map(), figures, before.get(tag) ?? null),
    );
    return { from, to, bucketMs, columns };
  }

  async #bucketsOf(asked: Asked): Promise<Buckets> {
    const buckets: Buckets = new Map();
    if (asked.bucketMs % minuteMs !== 0) {
      await this.#raw(asked, asked, buckets, () => true);
      return buckets;
    }
    const hours = this.#dirtyHours(asked);
    if (asked.bucketMs % hourMs !== 0) {
      await this.#minutes(asked, asked, buckets, hours, () => true);
      return buckets;
    }
    await readBuckets(this.#link, 'hour', asked, (tag, begin, bucket) => {
      if (!hours.get(begin / hourMs)?.has(tag)) bucketAt(buckets, asked, tag, begin).merge(bucket);
    });
    for (const stretch of stretchesOf([...hours.keys()], hourMs)) {
      await this.#minutes(asked, stretch, buckets, hours, (tag, hour) => hours.get(hour)?.has(tag) === true);
    }
    return buckets;
  }

  /** Minutes of the tags and hours that are wanted, from roll-ups and raw samples. */
  async #minutes(
    asked: Asked,
    range: { from: number; to: number },
    buckets: Buckets,
    hours: DirtyHours,
    isWanted: (tag: number, hour: number) => boolean,
  ): Promise<void> {
    const isDirty = (tag: number, minute: number) => {
      const bits = hours.get(Math.floor(minute / minutesPerHour))?.get(tag);
      return bits !== undefined && has(bits, minute % minutesPerHour);
    };
    await readBuckets(this.#link, 'minute', { ...asked, ...range }, (tag, begin, bucket) => {
      if (!isWanted(tag, Math.floor(begin / hourMs)) || isDirty(tag, begin / minuteMs)) return;
      bucketAt(buckets, asked, tag, begin).merge(bucket);
    });
    const minutes = dirtyMinutesOf(hours).filter(
      (minute) => minute * minuteMs >= range.from && minute * minuteMs < range.to,
    );
    for (const stretch of stretchesOf(minutes, minuteMs)) {
      await this.#raw(asked, stretch, buckets, (tag, time) => isDirty(tag, Math.floor(time / minuteMs)));
    }
  }

  async #raw(
    asked: Asked,
    range: { from: number; to: number },
    buckets: Buckets,
    isWanted: (tag: number, sourceTime: number) => boolean,
  ): Promise<void> {
    const { kind, tags } = asked;
    await readRaw(this.#link, { kind, tags, from: range.from, to: range.to }, (point) => {
      if (!isWanted(point.tag, point.sourceTime)) return;
      bucketAt(buckets, asked, point.tag, point.sourceTime).take(kind, point);
    });
  }

  /** As it is now: what is rolled up while the question runs is still read raw. */
  #dirtyHours({ kind, tags, from, to }: Asked): DirtyHours {
    const hours: DirtyHours = new Map();
    for (const [hour, states] of this.#dirty.of(kind)) {
      if ((hour + 1) * hourMs <= from || hour * hourMs >= to) continue;
      for (const tag of tags) {
        const state = states.get(tag);
        if (state === undefined) continue;
        const { dirty, folding } = state;
        const ofHour = hours.get(hour) ?? new Map<number, readonly [number, number]>();
        hours.set(hour, ofHour.set(tag, [dirty[0] | folding[0], dirty[1] | folding[1]]));
      }
    }
    return hours;
  }

  async #before(tags: readonly HeldTag[], from: number) {
    const since = from - Math.max(0, ...tags.map(({ holdMs }) => holdMs));
    const found = new Map<HeldTag, NonNullable<TrendColumns['before']>>();
    for (const [tag, { sourceTime, status, value }] of await this.#ordered.newest(tags, { since, to: from })) {
      if (sourceTime < from - (tag as HeldTag).holdMs) continue;
      const isNone = isBad(status) || value === null || typeof value === 'string';
      found.set(tag as HeldTag, { time: sourceTime, status, value: isNone ? null : Number(value) });
    }
    return found;
  }
}

/** Hour → tag → its minutes that are not in the roll-ups. */
type DirtyHours = Map<number, Map<number, readonly [number, number]>>;

function bucketAt(buckets: Buckets, { bucketMs }: Asked, tag: number, time: number): Bucket {
  let ofTag = buckets.get(tag);
  if (ofTag === undefined) {
    ofTag = new Map();
    buckets.set(tag, ofTag);
  }
  const begin = Math.floor(time / bucketMs) * bucketMs;
  let bucket = ofTag.get(begin);
  if (bucket === undefined) {
    bucket = new Bucket();
    ofTag.set(begin, bucket);
  }
  return bucket;
}

function dirtyMinutesOf(hours: DirtyHours): number[] {
  const found: number[] = [];
  for (const [hour, tags] of hours) {
    const any: [number, number] = [0, 0];
    for (const [low, high] of tags.values()) {
      any[0] |= low;
      any[1] |= high;
    }
    for (let minute = 0; minute < minutesPerHour; minute += 1) {
      if (has(any, minute)) found.push(hour * minutesPerHour + minute);
    }
  }
  return found;
}

/** Stretches of time that hold all the slots; the widest holes between them are left out. */
function stretchesOf(slots: readonly number[], widthMs: number): { from: number; to: number }[] {
  const sorted = [...slots].sort((a, b) => a - b);
  const holes = sorted.slice(1).map((slot, i) => ({ after: i, width: slot - sorted[i]! - 1 }));
  const cuts = holes
    .filter(({ width }) => width > 0)
    .sort((a, b) => b.width - a.width)
    .slice(0, stretchesMax - 1)
    .map(({ after }) => after)
    .sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  return [...cuts, sorted.length - 1].map((end, i) => ({
    from: sorted[i === 0 ? 0 : cuts[i - 1]! + 1]! * widthMs,
    to: (sorted[end]! + 1) * widthMs,
  }));
}

function columnsOf(
  { number, kind }: HeldTag,
  buckets: ReadonlyMap<number, Bucket>,
  chosen: readonly TrendFigure[],
  before: TrendColumns['before'],
): TrendColumns {
  const rows = [...buckets].sort(([a], [b]) => a - b);
  const of = (figure: TrendFigure) => (chosen.includes(figure) ? rows : []);
  const figures = (figure: TrendFigure, read: (bucket: Bucket) => number | undefined) =>
    Float64Array.from(of(figure), ([, bucket]) => read(bucket) ?? Number.NaN);
  const wholes = (figure: TrendFigure, read: (bucket: Bucket) => number) =>
    Uint32Array.from(of(figure), ([, bucket]) => read(bucket));
  return {
    tag: { number, kind },
    times: Float64Array.from(rows, ([begin]) => begin),
    counts: wholes('counts', ({ count }) => count),
    badCounts: wholes('badCounts', ({ badCount }) => badCount),
    worsts: wholes('worsts', ({ worst }) => worst),
    mins: figures('mins', ({ low }) => low?.value),
    minTimes: figures('minTimes', ({ low }) => low?.sourceTime),
    maxs: figures('maxs', ({ high }) => high?.value),
    maxTimes: figures('maxTimes', ({ high }) => high?.sourceTime),
    means: figures('means', ({ mean }) => mean),
    firsts: figures('firsts', ({ first }) => first?.value),
    firstTimes: figures('firstTimes', ({ first }) => first?.sourceTime),
    lasts: figures('lasts', ({ last }) => last?.value),
    lastTimes: figures('lastTimes', ({ last }) => last?.sourceTime),
    before,
  };
}
