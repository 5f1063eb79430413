import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import { Problem } from '@gongfu/shared/base/problem';
import type { ColumnKind, Value } from '@gongfu/shared/model/value-type';
import type { SamplePage, SampleQuery, SeriesPoint, StoredSample } from '../history-store.ts';
import type { Horizons } from '../horizons.ts';
import { firstPlace, formatCursor, type PagePlace, parseCursor } from '../page-cursor.ts';
import { dayMs, type Layout, segmentsIn } from './layout.ts';
import { kindNumber } from './rollup-sql.ts';
import type { Picture, RowReader } from './row-reader.ts';
import { rowsOf, sourcesOf } from './sample-source.ts';
import { eachSorted, generationsIn, isOneADay } from './sorted-rows.ts';
import type { ColumnsQuery, PackedColumns, SeriesQuery } from './store-message.ts';
import { badFrom, numericValue } from './store-schema.ts';

const pageRowsMax = 100_000;
const columnRowsMax = 5_000_000;
const seriesPointsMax = 20_000;
/** How far back the newest sample before a time is looked for first: nearly every tag has one there. */
const nearMs = 3_600_000;

// Wholes leave as DOUBLE: exact up to 2^53, and no bigint is made for each row.
export const sampleFields = 'time::DOUBLE, status, value, epoch::DOUBLE, sequence::DOUBLE';

/** Raw samples, and series made straight from the samples. All parameters are bound; table names come from our own list. */
export class SampleReader {
  readonly #rows: RowReader;
  readonly #horizons: Horizons;

  constructor(rows: RowReader, horizons: Horizons) {
    this.#rows = rows;
    this.#horizons = horizons;
  }

  async samples(query: SampleQuery): Promise<SamplePage> {
    this.#horizons.check('samples', [query.tag], query);
    const limit = Math.max(1, Math.min(query.limit, pageRowsMax));
    const cursor = query.cursor === undefined ? firstPlace(query.from) : parseCursor(query.cursor);
    const samples: StoredSample[] = [];
    // A page is full after the first days mostly; a tag that is seldom heard of takes more at a time.
    let from = Math.max(query.from, cursor.time);
    for (let days = 1; from < query.to && samples.length <= limit; days *= 4) {
      const begin = from;
      const end = await this.#rows.picture(
        (layout) => segmentsIn(layout, begin, windowEnd(layout, begin, query.to, days)),
        async (picture) => {
          const to = windowEnd(picture.layout, begin, query.to, days);
          const range = { from: begin, to, limit: limit + 1 - samples.length };
          samples.push(...(await pageRows(picture, query, range, cursor)));
          return to;
        },
      );
      from = end;
    }
    if (samples.length <= limit) return { samples };
    samples.pop();
    return { samples, cursor: formatCursor(cursor, samples) };
  }

  async series(query: SeriesQuery): Promise<SeriesPoint[]> {
    const { tag, from, to } = query;
    this.#horizons.check('samples', [tag], query);
    const span = to - from;
    const points = Math.max(1, Math.min(query.points, span, seriesPointsMax));
    const edges = Array.from({ length: points + 1 }, (_, i) => from + Math.ceil((i * span) / points));
    const result = Array.from({ length: points }, (_, i) => emptyPoint(edges[i]!, edges[i + 1]!));
    const ask = ({ layout, segments, read }: Picture) =>
      read(
        `SELECT bucket, count(*) FILTER (status < ${badFrom}), count(*) FILTER (status >= ${badFrom}), min(x), max(x),
         greatest(min(x), least(max(x), favg(x))),
         arg_min(x, place) FILTER (x IS NOT NULL), arg_max(x, place) FILTER (x IS NOT NULL)
       FROM (SELECT ((time - $2) * $4 // $5)::INTEGER AS bucket, status, ${numericValue[tag.kind]} AS x,
         row(time, epoch, sequence, place) AS place
         FROM ${rowsOf(sourcesOf(tag.kind, layout, segments), ofTag)})
       GROUP BY bucket`,
        [tag.number, from, to, points, span],
        ([bucket, count, badCount, min, max, mean, first, last]) => {
          const empty = result[bucket as number]!;
          const figures = { min, max, mean, first, last } as Pick<
            SeriesPoint,
            'min' | 'max' | 'mean' | 'first' | 'last'
          >;
          result[bucket as number] = { ...empty, count: Number(count), badCount: Number(badCount), ...figures };
        },
      );
    await this.#rows.picture((layout) => segmentsIn(layout, from, to), ask);
    return result;
  }

  async columns(query: ColumnsQuery): Promise<PackedColumns> {
    const { tag, from, to } = query;
    this.#horizons.check('samples', [tag], query);
    const sourceTimes: number[] = [];
    const statuses: number[] = [];
    const values: unknown[] = [];
    const absent = tag.kind === 'text' ? '' : tag.kind.endsWith('64') ? 0n : 0;
    const keep = ([time, status, value]: readonly DuckDBValue[]): void => {
      sourceTimes.push(time as number);
      statuses.push(status as number);
      values.push(value ?? absent);
    };
    const keepAll = (chunk: DuckDBDataChunk): void => {
      const [times, states, kept] = [0, 1, 2].map((column) => chunk.getColumnVector(column));
      const { rowCount } = chunk;
      for (let row = 0; row < rowCount && sourceTimes.length <= columnRowsMax; row += 1)
        keep([times!.getItem(row), states!.getItem(row), kept!.getItem(row)]);
    };
    if (query.before) await this.#before(query, keep);
    await this.#rows.picture(
      (layout) => segmentsIn(layout, from, to),
      async (picture) => {
        const { layout, segments, readChunks } = picture;
        if (isOneADay(segments) && (await generationsIn(picture, tag.kind, query)).length === 0)
          return eachSorted(picture, tag, query, (value) => `time::DOUBLE, status, ${value}`, keepAll);
        await readChunks(
          `SELECT time::DOUBLE, status, value FROM ${rowsOf(sourcesOf(tag.kind, layout, segments), ofTag)}
           ORDER BY time, epoch, sequence, place LIMIT ${columnRowsMax + 1}`,
          [tag.number, from, to],
          keepAll,
        );
      },
    );
    if (sourceTimes.length > columnRowsMax) throw tooMuch(query);
    return {
      sourceTimes: Float64Array.from(sourceTimes),
      statuses: Uint32Array.from(statuses),
      values: packValues(tag.kind, values),
    };
  }

  /** The newest sample earlier than `from`: near by first, then on the newest day the tag has anything. */
  async #before({ tag, from }: ColumnsQuery, keep: (row: readonly DuckDBValue[]) => void): Promise<void> {
    let isFound = false;
    const look = (since: number, to: number, choose: (layout: Layout) => ReturnType<typeof segmentsIn>) =>
      this.#rows.picture(choose, ({ layout, segments, read }) =>
        read(
          `SELECT ${sampleFields} FROM ${rowsOf(sourcesOf(tag.kind, layout, segments), ofTag)}
           ORDER BY time DESC, epoch DESC, sequence DESC, place DESC LIMIT 1`,
          [tag.number, since, to],
          (row) => {
            isFound = true;
            keep(row);
          },
        ),
      );
    await look(from - nearMs, from, (layout) => segmentsIn(layout, from - nearMs, from));
    if (isFound) return;
    const today = Math.floor(from / dayMs);
    let day = today;
    await this.#rows.read(
      `SELECT max(slot)::DOUBLE FROM sealed_day WHERE kind = ${kindNumber(tag.kind)} AND tag = $1::UINTEGER AND slot < $2`,
      [tag.number, today],
      ([newest]) => {
        day = (newest as number | null) ?? today;
      },
    );
    await look(0, from, ({ segments }) => segments.filter((one) => one.day === day || one.day === today));
  }
}

const ofTag = 'tag = $1::UINTEGER AND time >= $2 AND time < $3';

/** The end of so many days that hold anything, from `begin` on. */
function windowEnd(layout: Layout, begin: number, to: number, days: number): number {
  const ahead = [...new Set(segmentsIn(layout, begin, to).map(({ day }) => day))];
  const last = ahead[days - 1];
  return last === undefined || ahead.length === days ? to : Math.min(to, (last + 1) * dayMs);
}

async function pageRows(
  { layout, segments, read }: Picture,
  { tag }: SampleQuery,
  { from, to, limit }: { from: number; to: number; limit: number },
  cursor: PagePlace,
): Promise<StoredSample[]> {
  const found: StoredSample[] = [];
  await read(
    `SELECT ${sampleFields} FROM ${rowsOf(sourcesOf(tag.kind, layout, segments), ofTag)}
     WHERE time > $4 OR (time = $4 AND (epoch > $5 OR (epoch = $5 AND sequence >= $6)))
     ORDER BY time, epoch, sequence, place LIMIT $7 OFFSET $8`,
    [tag.number, from, to, cursor.time, cursor.epoch, cursor.sequence, limit, cursor.time >= from ? cursor.place : 0],
    (row) => found.push(sampleOf(row)),
  );
  return found;
}

export function sampleOf(row: readonly DuckDBValue[]): StoredSample {
  const [sourceTime, status, value, epoch, sequence] = row;
  return {
    sourceTime: sourceTime as number,
    status: status as number,
    value: (value ?? null) as Value,
    epoch: epoch as number,
    sequence: sequence as number,
  };
}

function emptyPoint(from: number, to: number): SeriesPoint {
  return { from, to, count: 0, badCount: 0, min: null, max: null, mean: null, first: null, last: null };
}

function packValues(kind: ColumnKind, values: unknown[]): PackedColumns['values'] {
  switch (kind) {
    case 'integer64':
      return BigInt64Array.from(values as bigint[]);
    case 'unsigned64':
      return BigUint64Array.from(values as bigint[]);
    case 'text':
      return values as string[];
    default:
      return Float64Array.from(values as (number | boolean)[], Number);
  }
}

function tooMuch({ tag, from, to }: ColumnsQuery): Problem {
  const range = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
  return new Problem({
    code: 'history-too-much',
    detail: `tag ${tag.number} holds more than ${columnRowsMax} samples from ${range}`,
    advice: 'Ask for a shorter time.',
    reaction: 'drop',
    status: 413,
  });
}
