import { type DuckDBValue, listValue } from '@duckdb/node-api';
import type { GapReason } from '@gongfu/shared/model/sample';
import type { GapPage, StoredGap } from '../history-store.ts';
import { cursorInvalid } from '../page-cursor.ts';
import type { RowReader } from './row-reader.ts';
import type { GapQuery } from './store-message.ts';

const pageRowsMax = 100_000;

/** By what a list is sorted, and which rows come after the one where a page ended. */
const orders = {
  oldest: { key: 'from_time', direction: 'ASC', after: '>' },
  newest: { key: 'to_time', direction: 'DESC', after: '<' },
} as const;

// A loss is told again until its record has arrived, perhaps grown. One within another of the same life of the buffer is
// the same loss, and it must not come on one page and its grown record on the next.
const named = `SELECT *, rowid AS place FROM gaps
  WHERE gateway IN (SELECT unnest($1)) AND to_time >= $2 AND from_time < $3 AND ingest_time >= $5
  QUALIFY CASE WHEN from_sequence < 0 THEN row_number() OVER (PARTITION BY gateway, epoch, from_sequence, to_sequence,
      from_time, to_time, samples, reason, source ORDER BY rowid) = 1
    ELSE to_sequence > coalesce(max(to_sequence) OVER (PARTITION BY gateway, epoch
      ORDER BY from_sequence, to_sequence DESC, rowid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), -1) END`;

/** The named losses, page by page. */
export class GapReader {
  readonly #rows: RowReader;

  constructor(rows: RowReader) {
    this.#rows = rows;
  }

  async gaps(query: GapQuery): Promise<GapPage> {
    // DuckDB takes an empty list for one of numbers and refuses to compare it with texts.
    if (query.gatewayIds.length === 0) return { gaps: [] };
    const order = query.order ?? 'oldest';
    const { key, direction, after } = orders[order];
    const limit = Math.max(1, Math.min(query.limit, pageRowsMax));
    const cursor = query.cursor === undefined ? undefined : parseCursor(query.cursor, order);
    const rows: (readonly DuckDBValue[])[] = [];
    await this.#rows.read(
      `WITH named AS (${named})
       SELECT gateway, epoch::DOUBLE, ingest_time::DOUBLE, from_sequence::DOUBLE, to_sequence::DOUBLE,
         from_time::DOUBLE, to_time::DOUBLE, samples::DOUBLE, reason, source, place::DOUBLE, ${key}::DOUBLE
       FROM named ${cursor === undefined ? '' : `WHERE (${key}, place) ${after} ($6, $7)`}
       ORDER BY ${key} ${direction}, place ${direction} LIMIT $4`,
      [listValue([...query.gatewayIds]), query.from, query.to, limit + 1, query.heardFrom ?? 0, ...(cursor ?? [])],
      (row) => rows.push(row),
    );
    const gaps = rows.slice(0, limit).map(gapOf);
    const last = rows[limit - 1];
    return rows.length > limit && last !== undefined ? { gaps, cursor: `${order}.${last[11]}.${last[10]}` } : { gaps };
  }
}

/** Time and place of the last row of the page before. */
function parseCursor(text: string, order: GapQuery['order']): [number, number] {
  const [, of, time, place] = /^([a-z]+)\.(-?\d{1,16})\.(\d{1,16})$/.exec(text) ?? [];
  if (of !== order) throw cursorInvalid();
  return [Number(time), Number(place)];
}

function gapOf(row: readonly DuckDBValue[]): StoredGap {
  const [epoch, ingestTime, fromSequence, toSequence, fromTime, toTime, samples] = row.slice(1, 8) as number[];
  return {
    gatewayId: row[0] as string,
    epoch: epoch!,
    ingestTime: ingestTime!,
    fromSequence: fromSequence!,
    toSequence: toSequence!,
    fromTime: fromTime!,
    toTime: toTime!,
    samples: samples!,
    reason: row[8] as GapReason,
    source: row[9] as string,
  };
}
