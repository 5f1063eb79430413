import { listValue } from '@duckdb/node-api';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import { bucketWidthMs } from '../bucket-width.ts';
import {
  type HeldTag,
  type HistoryTag,
  type TagStatistics,
  type Trend,
  type TrendColumns,
  trendFigures,
} from '../history-store.ts';
import type { Horizons } from '../horizons.ts';
import type { RetentionClass } from '../retention.ts';
import { noBuckets, ofTags, readBuckets } from './bucket-reader.ts';
import { minutesIn, segmentsIn } from './layout.ts';
import type { Picture, RowReader } from './row-reader.ts';
import { rowsOf, sourcesOf } from './sample-source.ts';
import type { StatisticsQuery, TrendQuery } from './store-message.ts';
import { badFrom, numericValue, rollupLevels } from './store-schema.ts';

const pointsMax = 20_000;
/** Beyond so many samples of one question none is weighed by the time it held. */
const weighedRowsMax = 10_000_000;

/** Many tags over one range: down-sampled, and in figures. */
export class TrendReader {
  readonly #rows: RowReader;
  readonly #horizons: Horizons;

  constructor(rows: RowReader, horizons: Horizons) {
    this.#rows = rows;
    this.#horizons = horizons;
  }

  async trend(query: TrendQuery): Promise<Trend> {
    const points = Math.max(1, Math.min(query.points, pointsMax));
    const bucketMs = Math.max(bucketWidthMs(query.to - query.from, points), this.#finestMs(query));
    // Nothing is older than the epoch, and whole division of negative times would round the other way.
    const from = Math.max(0, Math.floor(query.from / bucketMs) * bucketMs);
    const to = Math.max(from, Math.ceil(query.to / bucketMs) * bucketMs);
    const asked = { from, to, bucketMs };
    const figures = query.figures ?? trendFigures;
    const hasBefore = figures.includes('before');
    const level = rollupLevels.findLast(({ widthMs }) => bucketMs % widthMs === 0);
    // Hours and days of sealed segments are at hand without their files.
    const found = await this.#rows.picture(
      (layout) => {
        const since = from - (hasBefore ? holdMax(query.tags) : 0);
        const samples = segmentsIn(layout, since, level === undefined ? to : from);
        return level?.name === 'minute' ? [...new Set([...samples, ...minutesIn(layout, from, to)])] : samples;
      },
      (picture) =>
        eachKind(query.tags, async (kind, tags) => {
          const buckets = await readBuckets(picture, kind, tags, { ...asked, level, figures });
          const before: Before = hasBefore ? await beforeOf(picture, kind, tags, from) : new Map();
          return tags.map(({ number }) => ({
            tag: { number, kind },
            ...(buckets.get(number) ?? noBuckets),
            before: before.get(number) ?? null,
          }));
        }),
    );
    return { ...asked, columns: inOrder(query.tags, found) };
  }

  /** Buckets of what retention has left: a range whose samples are gone is told by minutes, then by hours, then by days. */
  #finestMs(query: TrendQuery): number {
    const isWhole = (what: RetentionClass) => query.from >= this.#horizons.fromTime(what, query.tags);
    if (isWhole('samples')) return 1;
    const level = rollupLevels.find(({ name }) => isWhole(`${name}s`));
    if (level === undefined) this.#horizons.check('days', query.tags, query);
    return level?.widthMs ?? 1;
  }

  async statistics(query: StatisticsQuery): Promise<TagStatistics[]> {
    this.#horizons.check('samples', query.tags, query);
    const found = await this.#rows.picture(
      (layout) => segmentsIn(layout, query.from - holdMax(query.tags), query.to),
      (picture) =>
        eachKind(query.tags, async (kind, tags) => {
          const plain = await plainFigures(picture, kind, tags, query);
          const rows = [...plain.values()].reduce((sum, { count, badCount }) => sum + count + badCount, 0);
          const held = rows > weighedRowsMax ? undefined : await heldFigures(picture, kind, tags, query);
          return tags.map(({ number }) => ({
            tag: { number, kind },
            ...(plain.get(number) ?? noFigures),
            ...(held === undefined ? { timeWeightedMean: null, heldMs: null } : (held.get(number) ?? nothingHeld)),
          }));
        }),
    );
    return inOrder(query.tags, found);
  }
}

type PlainFigures = Omit<TagStatistics, 'tag' | 'timeWeightedMean' | 'heldMs'>;
type HeldFigures = Pick<TagStatistics, 'timeWeightedMean' | 'heldMs'>;
const noFigures: PlainFigures = { count: 0, badCount: 0, min: null, max: null, mean: null, standardDeviation: null };
const nothingHeld: HeldFigures = { timeWeightedMean: null, heldMs: 0 };

async function eachKind<T>(
  tags: readonly HeldTag[],
  ask: (kind: ColumnKind, tags: readonly HeldTag[]) => Promise<T[]>,
): Promise<T[]> {
  const found: T[] = [];
  for (const kind of columnKinds) {
    const some = tags.filter((tag) => tag.kind === kind);
    if (some.length > 0) found.push(...(await ask(kind, some)));
  }
  return found;
}

/** As they were asked for. */
function inOrder<T extends { readonly tag: HistoryTag }>(tags: readonly HistoryTag[], found: readonly T[]): T[] {
  const key = ({ kind, number }: HistoryTag) => `${kind} ${number}`;
  const byTag = new Map(found.map((one) => [key(one.tag), one]));
  return tags.map((tag) => byTag.get(key(tag))!);
}

type Before = Map<number, NonNullable<TrendColumns['before']>>;

async function beforeOf(picture: Picture, kind: ColumnKind, tags: readonly HeldTag[], from: number): Promise<Before> {
  const found: Before = new Map();
  const holdMs = new Map(tags.map((tag) => [tag.number, tag.holdMs]));
  const sources = sourcesOf(kind, picture.layout, segmentsIn(picture, from - holdMax(tags), from));
  await picture.read(
    `SELECT tag, max(time)::DOUBLE, arg_max(status, place), arg_max(x, place)
     FROM (SELECT tag, time, status, ${numericValue[kind]} AS x, row(time, epoch, sequence, place) AS place
       FROM ${rowsOf(sources, ofTags)}) GROUP BY tag`,
    [listValue([...holdMs.keys()]), from - holdMax(tags), from],
    ([tag, time, status, value]) => {
      if ((time as number) < from - holdMs.get(tag as number)!) return;
      const isBad = (status as number) >= badFrom;
      found.set(tag as number, {
        time: time as number,
        status: status as number,
        value: isBad ? null : (value as number | null),
      });
    },
  );
  return found;
}

function holdMax(tags: readonly HeldTag[]): number {
  return Math.max(0, ...tags.map(({ holdMs }) => holdMs));
}

async function plainFigures(picture: Picture, kind: ColumnKind, tags: readonly HeldTag[], query: StatisticsQuery) {
  const found = new Map<number, PlainFigures>();
  const sources = sourcesOf(kind, picture.layout, segmentsIn(picture, query.from, query.to));
  await picture.read(
    `SELECT tag, (count(*) FILTER (status < ${badFrom}))::DOUBLE, (count(*) FILTER (status >= ${badFrom}))::DOUBLE,
       min(x), max(x), greatest(min(x), least(max(x), avg(x))), stddev_pop(x)
     FROM (SELECT tag, status, ${numericValue[kind]} AS x FROM ${rowsOf(sources, ofTags)}) GROUP BY tag`,
    [listValue(tags.map(({ number }) => number)), query.from, query.to],
    ([tag, count, badCount, min, max, mean, standardDeviation]) => {
      found.set(tag as number, { count, badCount, min, max, mean, standardDeviation } as PlainFigures);
    },
  );
  return found;
}

/** A value holds until the next sample of its tag, at most the tag's holding time; only the part within the range counts. */
async function heldFigures(picture: Picture, kind: ColumnKind, tags: readonly HeldTag[], query: StatisticsQuery) {
  const found = new Map<number, HeldFigures>();
  const sources = sourcesOf(kind, picture.layout, picture.segments);
  const holds = tags.map(({ number, holdMs }) => `(${number}, ${holdMs})`).join(', ');
  await picture.read(
    `WITH holds(tag, hold) AS (VALUES ${holds}),
     rows AS (SELECT s.tag, s.time, s.status, ${numericValue[kind]} AS x, hold,
         coalesce(lead(s.time) OVER (PARTITION BY s.tag ORDER BY s.time, s.epoch, s.sequence, s.place), $3) AS next
       FROM ${rowsOf(sources, 'tag IN (SELECT unnest($1)) AND time >= $2 - $4 AND time < $3')} s JOIN holds USING (tag)),
     held AS (SELECT tag, x, greatest(0, least(next, time + hold, $3) - greatest(time, $2)) AS ms
       FROM rows WHERE status < ${badFrom})
     SELECT tag, sum(x * ms) / nullif(sum(ms) FILTER (x IS NOT NULL), 0), coalesce(sum(ms), 0)::DOUBLE FROM held GROUP BY tag`,
    [listValue(tags.map(({ number }) => number)), query.from, query.to, Math.max(...tags.map(({ holdMs }) => holdMs))],
    ([tag, timeWeightedMean, heldMs]) => {
      found.set(tag as number, { timeWeightedMean, heldMs } as HeldFigures);
    },
  );
  return found;
}
