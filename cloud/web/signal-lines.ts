/** Those that are drawn. */
export const figures = 'before,count,badCount,min,max,mean,last,firstTime,lastTime';

/** `GET /api/v1/series`, as far as it is drawn. Columns of equal length, times in epoch ms. */
export interface SeriesAnswer {
  readonly from: string;
  readonly to: string;
  readonly bucketMs: number;
  readonly items: readonly SeriesColumns[];
}

interface SeriesColumns {
  readonly id: string;
  readonly holdMs: number;
  readonly before: { readonly time: number; readonly value: number | null } | null;
  readonly time: readonly number[];
  readonly count: readonly number[];
  readonly badCount: readonly number[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly mean: readonly (number | null)[];
  readonly last: readonly (number | null)[];
  readonly firstTime: readonly (number | null)[];
  readonly lastTime: readonly (number | null)[];
}

/** A number is drawn, null breaks the line, undefined lets it run on. */
type Line = (number | null | undefined)[];

export interface SignalLine {
  readonly id: string;
  readonly min: Line;
  readonly mean: Line;
  readonly max: Line;
  /** No bucket holds two values: min, mean and max are one line. */
  readonly isSingle: boolean;
  /** Times of bad quality, joined where they touch. */
  readonly bad: readonly (readonly [from: number, to: number])[];
}

export interface SignalLines {
  /** Begin of every bucket, epoch ms. */
  readonly times: number[];
  readonly lines: readonly SignalLine[];
}

/**
 * All signals on the one grid of buckets. A value holds until the next, at most `holdMs` and never beyond `now`: so a
 * signal that is told seldom runs on, and one that is silent for too long has a gap.
 */
export function linesOf({ from, to, bucketMs, items }: SeriesAnswer, now: number): SignalLines {
  const begin = Date.parse(from);
  const count = Math.round((Date.parse(to) - begin) / bucketMs);
  const times = Array.from({ length: count }, (_, i) => begin + i * bucketMs);
  return { times, lines: items.map((columns) => lineOf(columns, { begin, count, bucketMs, now })) };
}

interface Grid {
  readonly begin: number;
  readonly count: number;
  readonly bucketMs: number;
  readonly now: number;
}

function lineOf(columns: SeriesColumns, { begin, count, bucketMs, now }: Grid): SignalLine {
  const empty = (): Line => new Array<null | undefined>(count).fill(null);
  const line = { id: columns.id, min: empty(), mean: empty(), max: empty() };
  const put = (place: number, low: number | null | undefined, mean = low, high = low): void => {
    line.min[place] = low;
    line.mean[place] = mean;
    line.max[place] = high;
  };
  let held: { place: number; value: number; until: number } | undefined;
  /** The line from the last value to the next one, or as far as that value holds. */
  const runOn = (place: number, nextTime: number): void => {
    if (held === undefined) return;
    const until = Math.min(held.until, now);
    const reached = nextTime <= until ? place : Math.min(place, Math.floor((until - begin) / bucketMs) + 1);
    for (let i = held.place + 1; i < reached; i += 1) put(i, undefined);
    if (nextTime > until && reached - 1 > held.place) put(reached - 1, held.value);
  };
  const { before } = columns;
  if (before?.value != null) {
    const until = before.time + columns.holdMs;
    if (until >= begin && columns.time[0] !== begin) {
      put(0, before.value);
      held = { place: 0, value: before.value, until };
    } else held = undefined;
  }
  for (const [i, time] of columns.time.entries()) {
    const place = Math.round((time - begin) / bucketMs);
    const isBad = columns.count[i] === 0;
    runOn(place, isBad ? time : (columns.firstTime[i] ?? time));
    const last = columns.last[i];
    if (isBad || last == null) held = undefined;
    else {
      put(place, columns.min[i], columns.mean[i], columns.max[i]);
      held = { place, value: last, until: (columns.lastTime[i] ?? time) + columns.holdMs };
    }
  }
  runOn(count, Number.POSITIVE_INFINITY);
  const isSingle = columns.min.every((min, i) => min === columns.max[i]);
  return { ...line, isSingle, bad: badTimes(columns, bucketMs) };
}

function badTimes({ time, badCount }: SeriesColumns, bucketMs: number): [number, number][] {
  const spans: [number, number][] = [];
  for (const [i, from] of time.entries()) {
    if (badCount[i] === 0) continue;
    const newest = spans.at(-1);
    if (newest !== undefined && newest[1] >= from) newest[1] = from + bucketMs;
    else spans.push([from, from + bucketMs]);
  }
  return spans;
}
