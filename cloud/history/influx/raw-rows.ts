import type { ColumnKind, Value } from '@gongfu/shared/model/value-type';
import { flux, fluxExpression, fluxString, type ParameterizedQuery } from '@influxdata/influxdb-client';
import { anyOf } from './any-of.ts';
import type { InfluxLink } from './influx-link.ts';
import {
  type FieldName,
  latestMs,
  measurementOf,
  PointTimes,
  parseField,
  type Rank,
  rankOf,
  unpackText,
} from './point-scheme.ts';

/** A value or a status of a sample; a sample may have both, in tables of their own. */
export interface RawPoint extends Rank {
  readonly tag: number;
  readonly sourceTime: number;
  readonly isValue: boolean;
  /** As InfluxDB writes it. */
  readonly text: string;
}

export interface RawQuery {
  readonly kind: ColumnKind;
  /** Of all tags where it is left out. */
  readonly tags?: readonly number[];
  readonly from: number;
  readonly to: number;
  /** What is asked of each table: one value or one status of one lap. */
  readonly each?: ParameterizedQuery;
}

/** Beyond so many tags all are read and the others dropped here: a longer condition costs more than it saves. */
const namedTagsMax = 500;

/** Points of samples, one table after the other, each by time. */
export async function readRaw(
  link: InfluxLink,
  query: RawQuery,
  take: (point: RawPoint, table: string) => void,
): Promise<void> {
  const { kind, tags, from, to, each = flux`` } = query;
  const fields = new Map<string, FieldName | undefined>();
  const times = new PointTimes();
  const wanted = tags === undefined ? undefined : new Set(tags);
  await readTables(link, { measurement: measurementOf(kind), tags, from, to, each }, (row, columns) => {
    const name = row[columns.field]!;
    if (!fields.has(name)) fields.set(name, parseField(name));
    const field = fields.get(name);
    const tag = Number(row[columns.tag]);
    if (field === undefined || wanted?.has(tag) === false) return;
    times.read(row[columns.time]!);
    const { epoch, sequence, rank } = rankOf(field, times.below);
    take(
      { tag, sourceTime: times.ms, isValue: field.isValue, text: row[columns.value]!, epoch, sequence, rank },
      `${tag} ${name}`,
    );
  });
}

/** Tables of a measurement by tag and field. Nothing but whole numbers and our own names gets into the question. */
export async function readTables(
  link: InfluxLink,
  query: {
    measurement: string;
    tags: readonly number[] | undefined;
    from: number;
    to: number;
    each: ParameterizedQuery;
  },
  take: Parameters<InfluxLink['read']>[1],
): Promise<void> {
  const range = rangeOf(query.from, query.to);
  if (range === undefined || query.tags?.length === 0) return;
  const ofTags =
    query.tags === undefined || query.tags.length > namedTagsMax
      ? flux``
      : flux`|> filter(fn: (r) => ${anyOf(query.tags.map((tag) => `r.n == "${whole(tag)}"`))})`;
  await link.read(
    flux`|> ${range} |> filter(fn: (r) => r._measurement == ${fluxString(query.measurement)}) ${ofTags}
      ${query.each} |> keep(columns: ["_time", "_value", "_field", "n"])`,
    take,
  );
}

/** Undefined where it is empty, which Flux refuses. */
export function rangeOf(from: number, to: number): ParameterizedQuery | undefined {
  const [start, stop] = [Math.max(0, Math.ceil(from)), Math.min(latestMs, Math.ceil(to))];
  if (!(start < stop)) return undefined;
  return flux`range(start: time(v: ${nanoseconds(start)}), stop: time(v: ${nanoseconds(stop)}))`;
}

export function limitOf(rows: number): ParameterizedQuery {
  return flux`|> limit(n: ${fluxExpression(whole(rows))})`;
}

function nanoseconds(ms: number) {
  return fluxExpression(String(BigInt(whole(ms)) * 1_000_000n));
}

/** The only way a number gets into a question. */
function whole(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a whole number: ${value}`);
  return String(value);
}

export function parseValue(kind: ColumnKind, text: string): Exclude<Value, null> {
  switch (kind) {
    case 'integer64':
    case 'unsigned64':
      return BigInt(text);
    case 'boolean':
      return text === 'true';
    case 'text':
      return unpackText(text);
    default:
      return Number(text);
  }
}

/** As a figure: a whole beyond 2^53 is rounded, text is none. */
export function figureOf(kind: ColumnKind, text: string): number | undefined {
  if (kind === 'text') return undefined;
  return kind === 'boolean' ? Number(text === 'true') : Number(text);
}

export function compareRanks(a: Rank & { sourceTime: number }, b: Rank & { sourceTime: number }): number {
  return a.sourceTime - b.sourceTime || a.epoch - b.epoch || a.sequence - b.sequence || a.rank - b.rank;
}
