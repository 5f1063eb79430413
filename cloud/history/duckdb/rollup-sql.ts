import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import type { SampleSource } from './sample-source.ts';
import { badFrom, numericValue } from './store-schema.ts';

/**
 * What one slot of one source holds, straight from the samples. The columns are those of a roll-up table behind `slot`.
 * Of equal times epoch, sequence and place in the batch tell the order, whenever each arrived.
 */
export function fromSamples(kind: ColumnKind, slot: string, source: SampleSource, where: string): string {
  const edge = (name: string) => `${name}.x AS ${name}, ${name}.time AS ${name}_time, ${name}.epoch AS ${name}_epoch,
      ${name}.sequence AS ${name}_sequence, ${name}.row AS ${name}_row`;
  return `(WITH placed AS MATERIALIZED (SELECT tag, time, status, epoch, sequence, ${kind === 'number' ? source.value : numericValue[kind]} AS x, rowid AS row,
        ${source.isSorted ? 'rowid' : 'row_number() OVER (ORDER BY time, epoch, sequence, rowid)'} AS place
      FROM ${source.table} WHERE ${source.where} AND ${where})
    SELECT slots.*, ${edge('first')}, ${edge('last')}
    FROM (SELECT tag, ${slot} AS slot, (count(*) FILTER (status < ${badFrom}))::UINTEGER AS samples,
        (count(*) FILTER (status >= ${badFrom}))::UINTEGER AS bad, max(status) AS worst, max(time) AS newest,
        min(x) AS low, arg_min(time, x) AS low_time, max(x) AS high, arg_max(time, x) AS high_time,
        greatest(min(x), least(max(x), avg(x))) AS mean, min(place) FILTER (x IS NOT NULL) AS first_place,
        max(place) FILTER (x IS NOT NULL) AS last_place
      FROM placed GROUP BY tag, slot) slots
    LEFT JOIN placed first ON first.place = first_place LEFT JOIN placed last ON last.place = last_place)`;
}

const figures = `samples, bad, worst, newest, low, low_time, high, high_time, mean,
  first, first_time, first_epoch, first_sequence, first_row, last, last_time, last_epoch, last_sequence, last_row`;

/** The columns of a roll-up table, in their order, of what has them among others. */
export function rollupRows(parts: string): string {
  return `SELECT tag, slot, ${figures} FROM ${parts}`;
}

/** Several such rows made one: nothing is lost by it, so a coarser slot is as exact as a finer one. */
export function merged(parts: string, slot: string): string {
  const edge = (name: string) => `${name}.x AS ${name}, ${name}.t AS ${name}_time, ${name}.e AS ${name}_epoch,
      ${name}.s AS ${name}_sequence, ${name}.r AS ${name}_row`;
  return `(SELECT tag, slot, samples, bad, worst, newest, low, low_time, high, high_time, mean,
      ${edge('first')}, ${edge('last')}
    FROM (SELECT tag, ${slot} AS slot, sum(samples)::UINTEGER AS samples, sum(bad)::UINTEGER AS bad, max(worst) AS worst,
        max(newest) AS newest, min(low) AS low, arg_min(low_time, low) AS low_time, max(high) AS high,
        arg_max(high_time, high) AS high_time,
        greatest(min(low), least(max(high), sum(mean * samples) / sum(samples) FILTER (mean IS NOT NULL))) AS mean,
        min({t: first_time, e: first_epoch, s: first_sequence, r: first_row, x: first}) FILTER (first_time IS NOT NULL) AS first,
        max({t: last_time, e: last_epoch, s: last_sequence, r: last_row, x: last}) FILTER (last_time IS NOT NULL) AS last
      FROM (${parts}) GROUP BY tag, ${slot}))`;
}

/** The same of slots that do not overlap: no two have one time, so the time alone tells which is first and last. */
export function joined(parts: string, slot: string): string {
  return `(SELECT tag, ${slot} AS slot, sum(samples)::UINTEGER AS samples, sum(bad)::UINTEGER AS bad, max(worst) AS worst,
      min(low) AS low, arg_min(low_time, low) AS low_time, max(high) AS high, arg_max(high_time, high) AS high_time,
      greatest(min(low), least(max(high), sum(mean * samples) / sum(samples) FILTER (mean IS NOT NULL))) AS mean,
      arg_min(first, first_time) AS first, min(first_time) AS first_time, arg_max(last, last_time) AS last, max(last_time) AS last_time
    FROM (${parts}) GROUP BY tag, ${slot})`;
}

/** As the roll-up tables keep it: the order of `columnKinds` is part of the file. */
export function kindNumber(kind: ColumnKind): number {
  return columnKinds.indexOf(kind);
}
