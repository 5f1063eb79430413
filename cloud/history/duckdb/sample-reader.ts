import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import { Problem } from '@gongfu/shared/base/problem';
import type { Value } from '@gongfu/shared/model/value-type';
import type { SampleQuery, StoredSample } from '../history-store.ts';
import type { Horizons } from '../horizons.ts';
import { type PagePlace, startOf } from '../page-cursor.ts';
import { dayMs, type Layout, segmentsIn } from './layout.ts';
import { absentValue, type PackedPage, packValues, SamplePacker } from './packed-page.ts';
import { kindNumber } from './rollup-sql.ts';
import type { Picture, RowReader } from './row-reader.ts';
import { rowsOf, sourcesOf } from './sample-source.ts';
import { eachSorted, generationsIn, isOneADay } from './sorted-rows.ts';
import type { ColumnsQuery, PackedColumns } from './store-message.ts';

const pageRowsMax = 100_000;
const columnRowsMax = 5_000_000;
/** How far back the newest sample before a time is looked for first: nearly every tag has one there. */
const nearMs = 3_600_000;

// Wholes leave as DOUBLE: exact up to 2^53, and no bigint is made for each row.
export const sampleFields = 'time::DOUBLE, status, value, epoch::DOUBLE, sequence::DOUBLE';

/** Raw samples. All parameters are bound; table names come from our own list. */
export class SampleReader {
  readonly #rows: RowReader;
  readonly #horizons: Horizons;

  constructor(rows: RowReader, horizons: Horizons) {
    this.#rows = rows;
    this.#horizons = horizons;
  }

  async samples(query: SampleQuery): Promise<PackedPage> {
    this.#horizons.check('samples', [query.tag], query);
    const limit = Math.max(1, Math.min(query.limit, pageRowsMax));
    const cursor = startOf(query);
    const page = new SamplePacker(query.tag.kind);
    // A page is full after the first days mostly; a tag that is seldom heard of takes more at a time.
    let from = Math.max(query.from, cursor.time);
    for (let days = 1; from < query.to && page.count <= limit; days *= 4) {
      const begin = from;
      const end = await this.#rows.picture(
        (layout) => segmentsIn(layout, begin, windowEnd(layout, begin, query.to, days)),
        async (picture) => {
          const to = windowEnd(picture.layout, begin, query.to, days);
          await readPage(picture, query, { from: begin, to, limit: limit + 1 - page.count }, cursor, page);
          return to;
        },
      );
      from = end;
    }
    const hasMore = page.count > limit;
    return { samples: page.pack(limit), hasMore };
  }

  async columns(query: ColumnsQuery): Promise<PackedColumns> {
    const { tag, from, to } = query;
    this.#horizons.check('samples', [tag], query);
    const sourceTimes: number[] = [];
    const statuses: number[] = [];
    const values: unknown[] = [];
    const absent = absentValue(tag.kind);
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

async function readPage(
  { layout, segments, readChunks }: Picture,
  { tag }: SampleQuery,
  { from, to, limit }: { from: number; to: number; limit: number },
  cursor: PagePlace,
  page: SamplePacker,
): Promise<void> {
  await readChunks(
    `SELECT ${sampleFields} FROM ${rowsOf(sourcesOf(tag.kind, layout, segments), ofTag)}
     WHERE time > $4 OR (time = $4 AND (epoch > $5 OR (epoch = $5 AND sequence >= $6)))
     ORDER BY time, epoch, sequence, place LIMIT $7 OFFSET $8`,
    [tag.number, from, to, cursor.time, cursor.epoch, cursor.sequence, limit, cursor.time >= from ? cursor.place : 0],
    (chunk) => page.add(chunk),
  );
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
