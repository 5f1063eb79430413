import { listValue } from '@duckdb/node-api';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import type { HistoryTag, StoredSample } from '../history-store.ts';
import { dayMs } from './layout.ts';
import { kindNumber } from './rollup-sql.ts';
import type { Picture, RowReader } from './row-reader.ts';
import { sampleFields, sampleOf } from './sample-reader.ts';
import { rowsOf, sourcesOf } from './sample-source.ts';
import { rollupLevels, rollupTable, sampleTable } from './store-schema.ts';

const days = rollupLevels[2];
/** Sealed days looked into at once: each is a file. */
const daysAtOnce = 16;

type Latest = StoredSample & { tag: number };

/** The newest sample of each tag. The roll-ups tell its time, so no day is read that has none. */
export class LatestReader {
  readonly #rows: RowReader;

  constructor(rows: RowReader) {
    this.#rows = rows;
  }

  async latest(tags: readonly HistoryTag[]): Promise<Latest[]> {
    const found: Latest[] = [];
    for (const kind of columnKinds) {
      const numbers = tags.filter((tag) => tag.kind === kind).map((tag) => tag.number);
      if (numbers.length > 0) found.push(...(await this.#ofKind(kind, numbers)));
    }
    return found;
  }

  async #ofKind(kind: ColumnKind, numbers: readonly number[]): Promise<Latest[]> {
    const times = await this.#rows.picture(
      () => [],
      (picture) => newestTimes(picture, kind, numbers),
    );
    const dayOf = ([, time]: readonly [number, number]) => Math.floor(time / dayMs);
    const dated = [...new Set(times.map(dayOf))].sort((a, b) => a - b);
    const found: Latest[] = [];
    for (let at = 0; at < dated.length; at += daysAtOnce) {
      const some = new Set(dated.slice(at, at + daysAtOnce));
      const ofDays = times.filter((one) => some.has(dayOf(one)));
      await this.#rows.picture(
        ({ segments }) => segments.filter(({ day }) => some.has(day)),
        (picture) => readNewest(picture, kind, ofDays, (one) => found.push(one)),
      );
    }
    return found;
  }
}

async function newestTimes(
  { layout, read }: Picture,
  kind: ColumnKind,
  numbers: readonly number[],
): Promise<(readonly [tag: number, time: number])[]> {
  const wanted = 'tag IN (SELECT unnest($1))';
  const open = layout.generations.flatMap(({ id, sealedTo }) => [
    `SELECT tag, newest FROM ${rollupTable(days, id)} WHERE kind = ${kindNumber(kind)} AND ${wanted} AND slot >= ${sealedTo / dayMs}`,
    `SELECT tag, time FROM ${sampleTable(kind, id)} WHERE ${wanted} AND time >= ${sealedTo} AND rowid >= (SELECT coalesce(max(next_row), 0)
      FROM rollup_progress WHERE generation = ${id} AND kind = ${kindNumber(kind)})`,
  ]);
  const sealed = `SELECT tag, newest FROM sealed_day WHERE kind = ${kindNumber(kind)} AND ${wanted}`;
  const found: [number, number][] = [];
  await read(
    `SELECT tag, max(newest)::DOUBLE FROM (${[sealed, ...open].join(' UNION ALL ')}) GROUP BY tag`,
    [listValue([...numbers])],
    ([tag, time]) => found.push([tag as number, time as number]),
  );
  return found;
}

async function readNewest(
  { layout, segments, read }: Picture,
  kind: ColumnKind,
  times: readonly (readonly [tag: number, time: number])[],
  take: (one: Latest) => void,
): Promise<void> {
  const values = times.map(([tag, time]) => `(${tag}, ${time})`).join(', ');
  const from = times.reduce((least, [, time]) => Math.min(least, time), Number.MAX_SAFE_INTEGER);
  const to = times.reduce((most, [, time]) => Math.max(most, time), 0);
  await read(
    `WITH newest(tag, time) AS (VALUES ${values})
     SELECT ${sampleFields}, tag FROM ${rowsOf(sourcesOf(kind, layout, segments), `time >= ${from} AND time <= ${to}`)}
     JOIN newest USING (tag, time)
     QUALIFY row_number() OVER (PARTITION BY tag ORDER BY epoch DESC, sequence DESC, place DESC) = 1`,
    [],
    (row) => take({ ...sampleOf(row), tag: row[5] as number }),
  );
}
