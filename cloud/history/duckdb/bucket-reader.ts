import { type DuckDBDataChunk, type DuckDBVector, listValue } from '@duckdb/node-api';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { HistoryTag, TrendColumns } from '../history-store.ts';
import { BucketFold } from './bucket-fold.ts';
import { type Generation, minutesIn, segmentsIn } from './layout.ts';
import { fromSamples, joined, kindNumber, merged, rollupRows } from './rollup-sql.ts';
import type { Picture } from './row-reader.ts';
import { openSource, type SampleSource, sourcesOf } from './sample-source.ts';
import { minutesOf } from './sealed-minutes.ts';
import { eachSorted, generationsIn, isOneADay } from './sorted-rows.ts';
import { numericValue, type RollupLevel, rollupTable, sealedTable } from './store-schema.ts';

/** Of more tags each is not asked for by itself. */
const foldedTagsMax = 32;

export const ofTags = 'tag IN (SELECT unnest($1)) AND time >= $2 AND time < $3';

interface Asked {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  /** The coarsest of which the buckets are made; undefined where they are finer than any. */
  readonly level: RollupLevel | undefined;
}

type Buckets = Omit<TrendColumns, 'tag' | 'before'>;

/** In the order the statement gives them, behind the tag. */
const columns = [
  ['times', 'slot'],
  ['counts', 'samples'],
  ['badCounts', 'bad'],
  ['worsts', 'worst'],
  ['mins', 'low'],
  ['minTimes', 'low_time'],
  ['maxs', 'high'],
  ['maxTimes', 'high_time'],
  ['means', 'mean'],
  ['firsts', 'first'],
  ['firstTimes', 'first_time'],
  ['lasts', 'last'],
  ['lastTimes', 'last_time'],
] as const satisfies readonly (readonly [keyof Buckets, string])[];

const wholeColumns: readonly (keyof Buckets)[] = ['counts', 'badCounts', 'worsts'];

export const noBuckets = bucketsOf(columns.map(() => new Float64Array(0)));

/** The buckets of each tag that holds something. A month of a thousand tags is more than a million, so none becomes an object. */
export async function readBuckets(
  picture: Picture,
  kind: ColumnKind,
  tags: readonly HistoryTag[],
  asked: Asked,
): Promise<Map<number, Buckets>> {
  const generations = await generationsIn(picture, kind, asked);
  const isSorted = generations.length === 0 && isOneADay(segmentsIn(picture, asked.from, asked.to));
  if (asked.level === undefined && isSorted && tags.length <= foldedTagsMax) return folded(picture, tags, asked);
  const figures = columns.map(([, column]) =>
    column === 'slot' ? `(slot * ${asked.bucketMs})::DOUBLE` : `coalesce(${column}::DOUBLE, 'NaN')`,
  );
  const found = new Collected();
  await picture.readChunks(
    `SELECT tag::DOUBLE, ${figures.join(', ')} FROM ${await bucketRows(picture, kind, asked, generations)} ORDER BY tag, slot`,
    [listValue(tags.map(({ number }) => number)), asked.from, asked.to],
    (chunk) => found.add(chunk),
  );
  return found.byTag();
}

/** Straight from samples that lie in their order. */
async function folded(
  picture: Picture,
  tags: readonly HistoryTag[],
  { from, to, bucketMs }: Asked,
): Promise<Map<number, Buckets>> {
  const found = new Map<number, Buckets>();
  for (const tag of tags) {
    const fold = new BucketFold(bucketMs);
    const select = (value: string) => `time::DOUBLE, status, ${tag.kind === 'number' ? value : numericValue[tag.kind]}`;
    await eachSorted(picture, tag, { from, to }, select, (chunk) => fold.add(chunk));
    found.set(tag.number, bucketsOf(fold.columns()));
  }
  return found;
}

/** One row a bucket: of parts that overlap nowhere they are as they are, or joined; of others merged. */
async function bucketRows(
  picture: Picture,
  kind: ColumnKind,
  asked: Asked,
  generations: readonly Generation[],
): Promise<string> {
  const { level, bucketMs } = asked;
  const { segments } = picture;
  const open = await openParts(picture, kind, asked, generations);
  const sealed =
    level === undefined
      ? sourcesOf(kind, { generations: [], segments }, segments).map((source) => samplesOf(kind, source, asked))
      : level.name === 'minute'
        ? minutesIn({ segments }, asked.from, asked.to).map((one) =>
            slotsOf(minutesOf(one, ofKind(kind)), level, asked, 'true'),
          )
        : [slotsOf(rowsOfTags(kind, sealedTable(level)), level, asked, 'true')];
  const parts = [...sealed, ...open];
  if (parts.length === 0)
    parts.push(samplesOf(kind, { ...openSource(kind, picture.layout.generations[0]!), where: 'false' }, asked));
  const isApart = isOneADay(segments) && (level === undefined || level.name === 'minute');
  const union = parts.map(rollupRows).join(' UNION ALL ');
  if (!isApart || open.length > 0) return merged(union, 'slot');
  return level === undefined || level.widthMs === bucketMs ? `(${union})` : joined(union, 'slot');
}

function samplesOf(kind: ColumnKind, source: SampleSource, { bucketMs }: Asked, where = ofTags): string {
  return fromSamples(kind, `time // ${bucketMs}`, source, where);
}

function slotsOf(rows: string, { widthMs }: RollupLevel, { bucketMs }: Asked, where: string): string {
  return `(SELECT * REPLACE (slot // ${bucketMs / widthMs} AS slot) FROM ${rows}
    WHERE slot >= $2 // ${widthMs} AND slot < $3 // ${widthMs} AND ${where})`;
}

/** Of a roll-up table. */
function rowsOfTags(kind: ColumnKind, table: string): string {
  return `(FROM ${table} WHERE ${ofKind(kind)})`;
}

function ofKind(kind: ColumnKind): string {
  return `kind = ${kindNumber(kind)} AND tag IN (SELECT unnest($1))`;
}

/** Of generations: their roll-ups, and what is not rolled up yet straight from the samples. */
async function openParts(
  { read }: Picture,
  kind: ColumnKind,
  asked: Asked,
  generations: readonly Generation[],
): Promise<string[]> {
  const { level } = asked;
  const parts: string[] = [];
  for (const generation of generations) {
    const { id, sealedTo } = generation;
    const source = openSource(kind, generation);
    if (level === undefined) {
      parts.push(samplesOf(kind, source, asked));
      continue;
    }
    const progress = `(SELECT coalesce(max(next_row), 0) FROM rollup_progress WHERE generation = ${id} AND kind = ${kindNumber(kind)})`;
    let next = 0;
    await read(`SELECT ${progress}::DOUBLE`, [], ([row]) => {
      next = row as number;
    });
    parts.push(slotsOf(rowsOfTags(kind, rollupTable(level, id)), level, asked, `slot >= ${sealedTo / level.widthMs}`));
    parts.push(samplesOf(kind, source, asked, `rowid >= ${next} AND ${ofTags}`));
  }
  return parts;
}

/** Chunks taken apart into one long array a column, the tag first. */
class Collected {
  readonly #columns: Float64Array[][] = Array.from({ length: columns.length + 1 }, () => []);

  add(chunk: DuckDBDataChunk): void {
    for (const [i, parts] of this.#columns.entries()) parts.push(numbersOf(chunk.getColumnVector(i), chunk.rowCount));
  }

  byTag(): Map<number, Buckets> {
    const [tags, ...figures] = this.#columns.map(inOne) as [Float64Array, ...Float64Array[]];
    const found = new Map<number, Buckets>();
    for (let from = 0, to = 0; from < tags.length; from = to) {
      while (to < tags.length && tags[to] === tags[from]) to += 1;
      found.set(tags[from]!, bucketsOf(figures.map((column) => column.slice(from, to))));
    }
    return found;
  }
}

/** The memory of a vector goes with its chunk. */
function numbersOf(vector: DuckDBVector, count: number): Float64Array {
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row += 1) numbers[row] = vector.getItem(row) as number;
  return numbers;
}

function inOne(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

function bucketsOf(figures: readonly Float64Array[]): Buckets {
  const entries = columns.map(([name], i) => [
    name,
    wholeColumns.includes(name) ? Uint32Array.from(figures[i]!) : figures[i]!,
  ]);
  return Object.fromEntries(entries) as Buckets;
}
