import { type DuckDBValue, listValue } from '@duckdb/node-api';
import { Problem } from '@gongfu/shared/base/problem';
import { type ColumnKind, columnKinds, type Value } from '@gongfu/shared/model/value-type';
import type { HistoryTag, SamplePage, SampleQuery, SeriesPoint, StoredSample } from '../history-store.ts';
import { firstPlace, formatCursor, parseCursor } from '../page-cursor.ts';
import type { RowReader } from './row-reader.ts';
import type { ColumnsQuery, PackedColumns, SeriesQuery } from './store-message.ts';
import { badFrom, numericValue, sampleTables } from './store-schema.ts';

const pageRowsMax = 100_000;
const columnRowsMax = 5_000_000;
const seriesPointsMax = 20_000;

// Wholes leave as DOUBLE: exact up to 2^53, and no bigint is made for each row.
const sampleColumns = 'time::DOUBLE, status, value, epoch::DOUBLE, sequence::DOUBLE';

/** Raw samples, and series made straight from the samples. All parameters are bound; table names come from our own list. */
export class SampleReader {
  readonly #rows: RowReader;

  constructor(rows: RowReader) {
    this.#rows = rows;
  }

  async samples(query: SampleQuery): Promise<SamplePage> {
    const { tag, from, to } = query;
    const limit = Math.max(1, Math.min(query.limit, pageRowsMax));
    const cursor = query.cursor === undefined ? firstPlace(from) : parseCursor(query.cursor);
    const samples: StoredSample[] = [];
    await this.#rows.read(
      `SELECT ${sampleColumns} FROM ${sampleTables[tag.kind]}
       WHERE tag = $1::UINTEGER AND time >= greatest($2, $4) AND time < $3
         AND (time > $4 OR (time = $4 AND (epoch > $5 OR (epoch = $5 AND sequence >= $6))))
       ORDER BY time, epoch, sequence, rowid LIMIT $7 OFFSET $8`,
      [tag.number, from, to, cursor.time, cursor.epoch, cursor.sequence, limit + 1, cursor.place],
      (row) => samples.push(sampleOf(row)),
    );
    if (samples.length <= limit) return { samples };
    samples.pop();
    return { samples, cursor: formatCursor(cursor, samples) };
  }

  async series(query: SeriesQuery): Promise<SeriesPoint[]> {
    const { tag, from, to } = query;
    const span = to - from;
    const points = Math.max(1, Math.min(query.points, span, seriesPointsMax));
    const edges = Array.from({ length: points + 1 }, (_, i) => from + Math.ceil((i * span) / points));
    const result = Array.from({ length: points }, (_, i) => emptyPoint(edges[i]!, edges[i + 1]!));
    await this.#rows.read(
      `SELECT bucket, count(*) FILTER (status < ${badFrom}), count(*) FILTER (status >= ${badFrom}), min(x), max(x),
         greatest(min(x), least(max(x), favg(x))),
         arg_min(x, place) FILTER (x IS NOT NULL), arg_max(x, place) FILTER (x IS NOT NULL)
       FROM (SELECT ((time - $2) * $4 // $5)::INTEGER AS bucket, status, ${numericValue[tag.kind]} AS x,
         row(time, epoch, sequence, rowid) AS place
         FROM ${sampleTables[tag.kind]} WHERE tag = $1::UINTEGER AND time >= $2 AND time < $3)
       GROUP BY bucket`,
      [tag.number, from, to, points, span],
      ([bucket, count, badCount, min, max, mean, first, last]) => {
        const empty = result[bucket as number]!;
        const figures = { min, max, mean, first, last } as Pick<SeriesPoint, 'min' | 'max' | 'mean' | 'first' | 'last'>;
        result[bucket as number] = { ...empty, count: Number(count), badCount: Number(badCount), ...figures };
      },
    );
    return result;
  }

  async columns(query: ColumnsQuery): Promise<PackedColumns> {
    const { tag, from, to } = query;
    const sourceTimes: number[] = [];
    const statuses: number[] = [];
    const values: unknown[] = [];
    const absent = tag.kind === 'text' ? '' : tag.kind.endsWith('64') ? 0n : 0;
    const keep = ([time, status, value]: readonly DuckDBValue[]): void => {
      sourceTimes.push(time as number);
      statuses.push(status as number);
      values.push(value ?? absent);
    };
    const before = `SELECT ${sampleColumns} FROM ${sampleTables[tag.kind]} WHERE tag = $1::UINTEGER AND time < $2
      ORDER BY time DESC, epoch DESC, sequence DESC, rowid DESC LIMIT 1`;
    if (query.before) await this.#rows.read(before, [tag.number, from], keep);
    await this.#rows.read(
      `SELECT ${sampleColumns} FROM ${sampleTables[tag.kind]} WHERE tag = $1::UINTEGER AND time >= $2 AND time < $3
       ORDER BY time, epoch, sequence, rowid LIMIT ${columnRowsMax + 1}`,
      [tag.number, from, to],
      keep,
    );
    if (sourceTimes.length > columnRowsMax) throw tooMuch(query);
    return {
      sourceTimes: Float64Array.from(sourceTimes),
      statuses: Uint32Array.from(statuses),
      values: packValues(tag.kind, values),
    };
  }

  async latest(tags: readonly HistoryTag[]): Promise<(StoredSample & { tag: number })[]> {
    const found: (StoredSample & { tag: number })[] = [];
    for (const kind of columnKinds) {
      const numbers = tags.filter((tag) => tag.kind === kind).map((tag) => tag.number);
      if (numbers.length === 0) continue;
      const table = sampleTables[kind];
      await this.#rows.read(
        `WITH newest AS (SELECT tag, max(time) AS time FROM ${table} WHERE tag IN (SELECT unnest($1)) GROUP BY tag)
         SELECT ${sampleColumns}, tag FROM
           (SELECT ${table}.*, ${table}.rowid AS place FROM ${table} JOIN newest USING (tag, time))
         QUALIFY row_number() OVER (PARTITION BY tag ORDER BY epoch DESC, sequence DESC, place DESC) = 1`,
        [listValue(numbers)],
        (row) => found.push({ ...sampleOf(row), tag: row[5] as number }),
      );
    }
    return found;
  }
}

function sampleOf(row: readonly DuckDBValue[]): StoredSample {
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
