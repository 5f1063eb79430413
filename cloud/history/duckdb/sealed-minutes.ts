import type { ColumnKind } from '@gongfu/shared/model/value-type';
import { type MinuteTable, type Segment, segmentName } from './layout.ts';
import { kindNumber } from './rollup-sql.ts';
import { rollupLevels } from './store-schema.ts';

const minuteMs = rollupLevels[0].widthMs;
const minutesPerDay = rollupLevels[2].widthMs / minuteMs;

/** The table minutes are written to today. Files of the ways before are read as they are. */
export const minuteTable = 'minutes' satisfies MinuteTable;

/**
 * A minute of a tag in few bytes: DuckDB packs wholes in as many bits as the largest difference of some thousand rows needs, and
 * columns that are the same all over in none. So each figure is told by how much it differs from one at hand. Values of decimals
 * are wholes by the tag's divisor of the day, the sum among them: the mean is exact. `tick`: whole milliseconds that all times
 * of the tag's day are apart. No two rows have one place, so the row of an edge is not told. Where values are no decimals, or
 * too large, `divisor` is null and they lie in the last five columns as they are.
 */
export const minuteColumns = `kind UTINYINT NOT NULL, tag UINTEGER NOT NULL, minute USMALLINT NOT NULL, samples UINTEGER NOT NULL,
  bad UINTEGER NOT NULL, worst UINTEGER NOT NULL, newest UINTEGER NOT NULL, first_time UINTEGER, last_time UINTEGER,
  tick UINTEGER NOT NULL, low_ticks UINTEGER, high_ticks UINTEGER, first_epoch BIGINT, last_epoch BIGINT, first_sequence BIGINT,
  sequences BIGINT, divisor DOUBLE, first_whole BIGINT, rise BIGINT, above BIGINT, below BIGINT, sum_rise BIGINT,
  first DOUBLE, last DOUBLE, low DOUBLE, high DOUBLE, mean DOUBLE`;

const ticks = [1000, 500, 200, 100, 50, 20, 10];

/** A sum of wholes below this is exact in floating point too. */
const wholeMax = 1e15;

/** Roll-up rows of minutes of one kind as those columns, sorted. `divisors`: of each tag the divisor of its day, or null. */
export function packedMinutes(kind: ColumnKind, rows: string, divisors: string): string {
  const isApart = (tick: number) =>
    `bool_and((low_time - first_time) % ${tick} = 0 AND (high_time - first_time) % ${tick} = 0)`;
  const whole = (name: string) => `round(${name} * by_tag.divisor)::BIGINT AS ${name}_whole`;
  return `WITH plain AS MATERIALIZED (FROM (${rows})), divisors(tag, divisor) AS (${divisors}),
      ticks AS (SELECT tag, CASE ${ticks.map((tick) => `WHEN ${isApart(tick)} THEN ${tick}`).join(' ')} ELSE 1 END AS tick
        FROM plain GROUP BY tag),
      rows AS (SELECT plain.*, tick, by_tag.divisor, slot * ${minuteMs} AS begin, ${['first', 'last', 'low', 'high'].map(whole).join(', ')},
          round(mean * samples * by_tag.divisor)::BIGINT AS sum_whole
        FROM plain JOIN ticks USING (tag) LEFT JOIN divisors by_tag
          ON by_tag.tag = plain.tag AND greatest(abs(low), abs(high)) * samples * by_tag.divisor < ${wholeMax})
    SELECT ${kindNumber(kind)}, tag, slot % ${minutesPerDay}, samples, bad, worst, newest - coalesce(last_time, begin),
      first_time - begin, last_time - begin, tick, (low_time - first_time) // tick, (high_time - first_time) // tick,
      first_epoch, last_epoch, first_sequence, last_sequence - first_sequence, divisor, first_whole, last_whole - first_whole,
      high_whole - greatest(first_whole, last_whole), least(first_whole, last_whole) - low_whole,
      sum_whole - samples * first_whole, ${['first', 'last', 'low', 'high', 'mean'].map((name) => `CASE WHEN divisor IS NULL THEN ${name} END`).join(', ')}
    FROM rows ORDER BY tag, slot`;
}

/**
 * Minutes of a segment, in whatever way they lie there, with the columns of any roll-up table. `where`: of kind and tag; given from
 * outside it would be looked at after every row is unpacked.
 */
export function minutesOf(segment: Segment, where: string): string {
  const table = `(FROM ${segmentName(segment)}.${segment.minutes} WHERE ${where})`;
  return segment.minutes === 'minutes' ? unpacked(table, segment.day) : firstForm(table);
}

function unpacked(table: string, day: number): string {
  const decimal = (name: string, whole: string) => `coalesce((${whole}) / divisor, ${name}) AS ${name}`;
  const slot = `(${day * minutesPerDay}::BIGINT + minute)`;
  const begin = `${slot} * ${minuteMs}`;
  return `(SELECT kind, tag, ${slot} AS slot, samples, bad, worst,
    ${begin} + coalesce(last_time, 0) + newest AS newest,
    ${decimal('first', 'first_whole')}, ${decimal('last', 'first_whole + rise')},
    ${decimal('low', 'first_whole + least(0, rise) - below')}, ${decimal('high', 'first_whole + greatest(0, rise) + above')},
    coalesce((sum_rise::DOUBLE / samples + first_whole) / divisor, mean) AS mean,
    ${begin} + first_time AS first_time, ${begin} + last_time AS last_time,
    ${begin} + first_time + low_ticks * tick AS low_time, ${begin} + first_time + high_ticks * tick AS high_time,
    first_epoch, last_epoch, first_sequence, first_sequence + sequences AS last_sequence, 0::BIGINT AS first_row, 0::BIGINT AS last_row
    FROM ${table})`;
}

/** Edges of time were told as how long after the begin of the minute, all else as it is. */
function firstForm(table: string): string {
  const edges = ['newest', 'low_time', 'high_time', 'first_time', 'last_time'];
  const whole = edges.map((name) => `slot * ${minuteMs} + ${name} AS ${name}`).join(', ');
  return `(SELECT * REPLACE (${whole}), 0::BIGINT AS first_row, 0::BIGINT AS last_row FROM ${table})`;
}
