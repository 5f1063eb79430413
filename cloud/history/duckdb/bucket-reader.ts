import { type DuckDBDataChunk, type DuckDBVector, listValue } from '@duckdb/node-api';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { HistoryTag, TrendColumns, TrendFigure } from '../history-store.ts';
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
  readonly figures: readonly TrendFigure[];
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

type Column = (typeof columns)[number];

const wholeColumns: readonly (keyof Buckets)[] = ['counts', 'badCounts', 'worsts'];

export const noBuckets = bucketsOf([], []);

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
  const chosen = columns.filter((column) => isChosen(column, asked));
  const figures = chosen.map(([, column]) =>
    column === 'slot' ? `(slot * ${asked.bucketMs})::DOUBLE` : `coalesce(${column}::DOUBLE, 'NaN')`,
  );
  const found = new Collected(chosen);
  await picture.readChunks(
    `SELECT tag::DOUBLE, ${figures.join(', ')} FROM ${await bucketRows(picture, kind, asked, generations)} ORDER BY tag, slot`,
    [listValue(tags.map(({ number }) => number)), asked.from, asked.to],
    (chunk) => found.add(chunk),
  );
  return found.byTag();
}

function isChosen([name]: Column, { figures }: Asked): boolean {
  return name === 'times' || figures.includes(name);
}

/** Straight from samples that lie in their order. */
async function folded(picture: Picture, tags: readonly HistoryTag[], asked: Asked): Promise<Map<number, Buckets>> {
  const { from, to, bucketMs } = asked;
  const chosen = columns.filter((column) => isChosen(column, asked));
  const found = new Map<number, Buckets>();
  for (const tag of tags) {
    const fold = new BucketFold((time) => {
      const begin = Math.floor(time / bucketMs) * bucketMs;
      return [begin, begin + bucketMs];
    });
    const figures = await foldSorted(picture, tag, { from, to }, fold);
    const chosenFigures = figures.filter((_, i) => isChosen(columns[i]!, asked));
    found.set(tag.number, bucketsOf(chosen, chosenFigures));
  }
  return found;
}

/** One array a figure, in the order of `columns`. */
export async function foldSorted(
  picture: Picture,
  tag: HistoryTag,
  range: { readonly from: number; readonly to: number },
  fold: BucketFold,
): Promise<Float64Array[]> {
  const select = (value: string) => `time::DOUBLE, status, ${tag.kind === 'number' ? value : numericValue[tag.kind]}`;
  await eachSorted(picture, tag, range, select, (chunk) => fold.add(chunk));
  return fold.columns();
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
  picture: Picture,
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
    const next = await rolledUpTo(picture, kind, generation);
    parts.push(slotsOf(rowsOfTags(kind, rollupTable(level, id)), level, asked, `slot >= ${sealedTo / level.widthMs}`));
    parts.push(samplesOf(kind, source, asked, `rowid >= ${next} AND ${ofTags}`));
  }
  return parts;
}

/** The first row of the generation that is not in its roll-ups. */
export async function rolledUpTo({ read }: Picture, kind: ColumnKind, { id }: Generation): Promise<number> {
  const progress = `SELECT coalesce(max(next_row), 0)::DOUBLE FROM rollup_progress WHERE generation = ${id} AND kind = ${kindNumber(kind)}`;
  let next = 0;
  await read(progress, [], ([row]) => {
    next = row as number;
  });
  return next;
}

/** Chunks taken apart into one long array a column, the tag first. */
class Collected {
  readonly #chosen: readonly Column[];
  readonly #columns: Float64Array[][];

  constructor(chosen: readonly Column[]) {
    this.#chosen = chosen;
    this.#columns = Array.from({ length: chosen.length + 1 }, () => []);
  }

  add(chunk: DuckDBDataChunk): void {
    for (const [i, parts] of this.#columns.entries()) parts.push(numbersOf(chunk.getColumnVector(i), chunk.rowCount));
  }

  byTag(): Map<number, Buckets> {
    const [tags, ...figures] = this.#columns.map(inOne) as [Float64Array, ...Float64Array[]];
    const found = new Map<number, Buckets>();
    for (let from = 0, to = 0; from < tags.length; from = to) {
      while (to < tags.length && tags[to] === tags[from]) to += 1;
      const ofTag = figures.map((column) => column.slice(from, to));
      found.set(tags[from]!, bucketsOf(this.#chosen, ofTag));
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

/** Columns that were not chosen are empty. */
function bucketsOf(chosen: readonly Column[], figures: readonly Float64Array[]): Buckets {
  const byName = new Map(chosen.map(([name], i) => [name, figures[i]!]));
  const entries = columns.map(([name]) => {
    const figure = byName.get(name) ?? new Float64Array(0);
    return [name, wholeColumns.includes(name) ? Uint32Array.from(figure) : figure];
  });
  return Object.fromEntries(entries) as Buckets;
}
