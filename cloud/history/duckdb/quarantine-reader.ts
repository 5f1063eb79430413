import type { DuckDBBlobValue } from '@duckdb/node-api';
import type { QuarantineRecord } from '../history-store.ts';
import type { QuarantinePage } from '../movable-history.ts';
import { cursorInvalid } from '../page-cursor.ts';
import type { Row, RowReader } from './row-reader.ts';
import type { QuarantineQuery } from './store-message.ts';

/** A page holds one record at least, however large. */
const pageBytesMax = 8 * 1024 * 1024;

// Rows are never deleted, so the place of one is the same for ever.
const page = `SELECT gateway, epoch::DOUBLE, sequence::DOUBLE, ingest_time::DOUBLE, code, detail, bytes, place::DOUBLE FROM (
    SELECT *, coalesce(sum(octet_length(bytes)) OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS ahead
    FROM (SELECT *, rowid AS place FROM quarantine WHERE rowid > $1 ORDER BY rowid LIMIT $2))
  WHERE ahead < ${pageBytesMax} ORDER BY place`;

/** What was put aside, in the order it was. */
export class QuarantineReader {
  readonly #rows: RowReader;

  constructor(rows: RowReader) {
    this.#rows = rows;
  }

  async page({ limit, cursor = '-1' }: QuarantineQuery): Promise<QuarantinePage> {
    if (!/^-1$|^\d{1,15}$/.test(cursor)) throw cursorInvalid();
    const rows: Row[] = [];
    await this.#rows.read(page, [Number(cursor), limit], (row) => rows.push(row));
    const last = rows.at(-1);
    return { records: rows.map(recordOf), ...(last === undefined ? {} : { cursor: String(last[7]) }) };
  }
}

function recordOf([gatewayId, epoch, sequence, ingestTime, code, detail, bytes]: Row): QuarantineRecord {
  return {
    gatewayId: gatewayId as string,
    epoch: epoch as number,
    sequence: sequence as number,
    ingestTime: ingestTime as number,
    code: code as string,
    detail: detail as string,
    bytes: (bytes as DuckDBBlobValue).bytes,
  };
}
