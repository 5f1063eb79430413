import { type DuckDBValue, listValue } from '@duckdb/node-api';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import { bucketWidthMs } from '../bucket-width.ts';
import type { HeldTag, HistoryTag, TagStatistics, Trend, TrendColumns } from '../history-store.ts';
import { fromSamples, kindNumber, merged } from './rollup-sql.ts';
import type { ReadRows, Row, RowReader } from './row-reader.ts';
import type { StatisticsQuery, TrendQuery } from './store-message.ts';
import { badFrom, numericValue, rollupTables, sampleTables } from './store-schema.ts';

const pointsMax = 20_000;
/** Beyond so many samples of one question none is weighed by the time it held. */
const weighedRowsMax = 10_000_000;

type Asked = { readonly from: number; readonly to: number; readonly bucketMs: number };

/** Many tags over one range: down-sampled, and in figures. */
export class TrendReader {
  readonly #rows: RowReader;

  constructor(rows: RowReader) {
    this.#rows = rows;
  }

  async trend(query: TrendQuery): Promise<Trend> {
    const bucketMs = bucketWidthMs(query.to - query.from, Math.max(1, Math.min(query.points, pointsMax)));
    // Nothing is older than the epoch, and whole division of negative times would round the other way.
    const from = Math.max(0, Math.floor(query.from / bucketMs) * bucketMs);
    const asked = { from, to: Math.max(from, Math.ceil(query.to / bucketMs) * bucketMs), bucketMs };
    const found = await this.#rows.snapshot((read) =>
      eachKind(query.tags, async (kind, tags) => {
        const rows = await bucketsOf(read, kind, tags, asked);
        const before = await beforeOf(read, kind, tags, from);
        return tags.map((tag) => columnsOf(tag, rows.get(tag.number) ?? [], before.get(tag.number) ?? null, bucketMs));
      }),
    );
    return { ...asked, columns: inOrder(query.tags, found) };
  }

  async statistics(query: StatisticsQuery): Promise<TagStatistics[]> {
    const found = await this.#rows.snapshot((read) =>
      eachKind(query.tags, async (kind, tags) => {
        const plain = await plainFigures(read, kind, tags, query);
        const rows = [...plain.values()].reduce((sum, { count, badCount }) => sum + count + badCount, 0);
        const held = rows > weighedRowsMax ? undefined : await heldFigures(read, kind, tags, query);
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
  return tags.map(({ number, kind }) => found.find(({ tag }) => tag.number === number && tag.kind === kind)!);
}

async function bucketsOf(read: ReadRows, kind: ColumnKind, tags: readonly HeldTag[], asked: Asked) {
  const { from, to, bucketMs } = asked;
  const level = rollupTables.findLast(({ widthMs }) => bucketMs % widthMs === 0);
  const rows = new Map<number, Row[]>();
  const parameters: DuckDBValue[] = [listValue(tags.map(({ number }) => number)), from, to];
  const ofTags = 'tag IN (SELECT unnest($1)) AND time >= $2 AND time < $3';
  let sql = fromSamples(kind, `time // ${bucketMs}`, ofTags);
  if (level !== undefined) {
    const { table, widthMs } = level;
    let next = 0n;
    await read(
      `SELECT coalesce(max(next_row), 0) FROM rollup_progress WHERE kind = ${kindNumber(kind)}`,
      [],
      ([row]) => {
        next = row as bigint;
      },
    );
    // What is not rolled up yet is read as it is: both see the same state of the file.
    const parts = `SELECT * EXCLUDE (kind, slot), slot // ${bucketMs / widthMs} AS bucket FROM ${table}
      WHERE kind = ${kindNumber(kind)} AND tag IN (SELECT unnest($1)) AND slot >= $2 // ${widthMs} AND slot < $3 // ${widthMs}
      UNION ALL BY NAME SELECT * EXCLUDE (slot), slot AS bucket
      FROM (${fromSamples(kind, `time // ${bucketMs}`, `rowid >= ${next} AND ${ofTags}`)})`;
    sql = merged(parts, 'bucket');
  }
  await read(
    `SELECT tag, slot::DOUBLE, samples, bad, worst, low, low_time::DOUBLE, high, high_time::DOUBLE, mean,
       first, first_time::DOUBLE, last, last_time::DOUBLE FROM (${sql}) ORDER BY tag, slot`,
    parameters,
    (row) => {
      const list = rows.get(row[0] as number);
      if (list === undefined) rows.set(row[0] as number, [row]);
      else list.push(row);
    },
  );
  return rows;
}

async function beforeOf(read: ReadRows, kind: ColumnKind, tags: readonly HeldTag[], from: number) {
  const found = new Map<number, NonNullable<TrendColumns['before']>>();
  const holdMs = new Map(tags.map((tag) => [tag.number, tag.holdMs]));
  await read(
    `SELECT tag, max(time)::DOUBLE, arg_max(status, place), arg_max(x, place)
     FROM (SELECT tag, time, status, ${numericValue[kind]} AS x, (time::HUGEINT << 40) + rowid AS place
       FROM ${sampleTables[kind]} WHERE tag IN (SELECT unnest($1)) AND time >= $2 AND time < $3) GROUP BY tag`,
    [listValue([...holdMs.keys()]), from - Math.max(...holdMs.values()), from],
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

function columnsOf(
  { number, kind }: HeldTag,
  rows: readonly Row[],
  before: TrendColumns['before'],
  bucketMs: number,
): TrendColumns {
  const wholes = (column: number) => Uint32Array.from(rows, (row) => row[column] as number);
  const figures = (column: number) => Float64Array.from(rows, (row) => (row[column] as number | null) ?? Number.NaN);
  return {
    tag: { number, kind },
    times: Float64Array.from(rows, (row) => (row[1] as number) * bucketMs),
    counts: wholes(2),
    badCounts: wholes(3),
    worsts: wholes(4),
    mins: figures(5),
    minTimes: figures(6),
    maxs: figures(7),
    maxTimes: figures(8),
    means: figures(9),
    firsts: figures(10),
    firstTimes: figures(11),
    lasts: figures(12),
    lastTimes: figures(13),
    before,
  };
}

async function plainFigures(read: ReadRows, kind: ColumnKind, tags: readonly HeldTag[], query: StatisticsQuery) {
  const found = new Map<number, PlainFigures>();
  await read(
    `SELECT tag, (count(*) FILTER (status < ${badFrom}))::DOUBLE, (count(*) FILTER (status >= ${badFrom}))::DOUBLE,
       min(x), max(x), greatest(min(x), least(max(x), avg(x))), stddev_pop(x)
     FROM (SELECT tag, status, ${numericValue[kind]} AS x FROM ${sampleTables[kind]}
       WHERE tag IN (SELECT unnest($1)) AND time >= $2 AND time < $3) GROUP BY tag`,
    [listValue(tags.map(({ number }) => number)), query.from, query.to],
    ([tag, count, badCount, min, max, mean, standardDeviation]) => {
      found.set(tag as number, { count, badCount, min, max, mean, standardDeviation } as PlainFigures);
    },
  );
  return found;
}

/** A value holds until the next sample of its tag, at most the tag's holding time; only the part within the range counts. */
async function heldFigures(read: ReadRows, kind: ColumnKind, tags: readonly HeldTag[], query: StatisticsQuery) {
  const found = new Map<number, HeldFigures>();
  const holds = tags.map(({ number, holdMs }) => `(${number}, ${holdMs})`).join(', ');
  await read(
    `WITH holds(tag, hold) AS (VALUES ${holds}),
     rows AS (SELECT s.tag, s.time, s.status, ${numericValue[kind]} AS x, hold,
         coalesce(lead(s.time) OVER (PARTITION BY s.tag ORDER BY s.time, s.rowid), $3) AS next
       FROM ${sampleTables[kind]} s JOIN holds USING (tag)
       WHERE s.tag IN (SELECT unnest($1)) AND s.time >= $2 - $4 AND s.time < $3),
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
