import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import { badFrom, numericValue, sampleTables } from './store-schema.ts';

/** Time and place in the table as one number: the order in which samples are first and last. */
const place = '((time::HUGEINT << 40) + rowid)';

/** What one slot holds, straight from the samples. The columns are those of a roll-up table behind `slot`. */
export function fromSamples(kind: ColumnKind, slot: string, where: string): string {
  return `SELECT tag, slot, good AS samples, bad, worst, low, low_time, high, high_time,
      greatest(low, least(high, mean)) AS mean, first, (first_place >> 40)::BIGINT AS first_time,
      (first_place & 1099511627775)::BIGINT AS first_row, last, (last_place >> 40)::BIGINT AS last_time,
      (last_place & 1099511627775)::BIGINT AS last_row
    FROM (SELECT tag, ${slot} AS slot, (count(*) FILTER (status < ${badFrom}))::UINTEGER AS good,
        (count(*) FILTER (status >= ${badFrom}))::UINTEGER AS bad, max(status) AS worst,
        min(x) AS low, arg_min(time, x) AS low_time, max(x) AS high, arg_max(time, x) AS high_time, avg(x) AS mean,
        arg_min(x, place) AS first, min(place) FILTER (x IS NOT NULL) AS first_place,
        arg_max(x, place) AS last, max(place) FILTER (x IS NOT NULL) AS last_place
      FROM (SELECT tag, time, status, ${numericValue[kind]} AS x, ${place} AS place
        FROM ${sampleTables[kind]} WHERE ${where})
      GROUP BY tag, slot)`;
}

/** Several such rows made one: nothing is lost by it, so a coarser slot is as exact as a finer one. */
export function merged(parts: string, slot: string): string {
  const firstPlace = '(first_time::HUGEINT << 40) + first_row';
  const lastPlace = '(last_time::HUGEINT << 40) + last_row';
  return `SELECT tag, ${slot} AS slot, sum(samples)::UINTEGER AS samples, sum(bad)::UINTEGER AS bad, max(worst) AS worst,
      min(low) AS low, arg_min(low_time, low) AS low_time, max(high) AS high, arg_max(high_time, high) AS high_time,
      greatest(min(low), least(max(high), sum(mean * samples) / sum(samples) FILTER (mean IS NOT NULL))) AS mean,
      arg_min(first, ${firstPlace}) AS first, min(first_time) AS first_time, arg_min(first_row, ${firstPlace}) AS first_row,
      arg_max(last, ${lastPlace}) AS last, max(last_time) AS last_time, arg_max(last_row, ${lastPlace}) AS last_row
    FROM (${parts}) GROUP BY tag, ${slot}`;
}

/** As the roll-up tables keep it: the order of `columnKinds` is part of the file. */
export function kindNumber(kind: ColumnKind): number {
  return columnKinds.indexOf(kind);
}
