import type { HistoryTag, SeriesPoint } from '../history-store.ts';
import type { Horizons } from '../horizons.ts';
import { BucketFold } from './bucket-fold.ts';
import { foldSorted, rolledUpTo } from './bucket-reader.ts';
import { type Generation, type Layout, minutesIn, type Segment, segmentsIn } from './layout.ts';
import { fromSamples, kindNumber, merged, rollupRows } from './rollup-sql.ts';
import type { Picture, Row, RowReader } from './row-reader.ts';
import { openSource, rowsOf, type SampleSource, sourcesOf } from './sample-source.ts';
import { minutesOf } from './sealed-minutes.ts';
import { SeriesGrid } from './series-grid.ts';
import { generationsIn, isOneADay } from './sorted-rows.ts';
import type { SeriesQuery } from './store-message.ts';
import { badFrom, numericValue, type RollupLevel, rollupLevels, rollupTable, sealedTable } from './store-schema.ts';

const [minutes] = rollupLevels;

/**
 * One tag in buckets of equal length, whose edges lie anywhere. What lies whole in a bucket comes from the coarsest roll-up it
 * has a slot of; the minutes an edge cuts through come from the samples themselves, so the figures are those of all samples.
 */
export class SeriesReader {
  readonly #rows: RowReader;
  readonly #horizons: Horizons;

  constructor(rows: RowReader, horizons: Horizons) {
    this.#rows = rows;
    this.#horizons = horizons;
  }

  async series(query: SeriesQuery): Promise<SeriesPoint[]> {
    this.#horizons.check('samples', [query.tag], query);
    const grid = new SeriesGrid(query);
    const points = grid.emptyPoints();
    await this.#rows.picture(
      (layout) => segmentsFor(layout, grid),
      (picture) => fill(picture, query.tag, grid, points),
    );
    return points;
  }
}

/** Hours and days are at hand without the files of their days. */
function segmentsFor(layout: Layout, grid: SeriesGrid): Segment[] {
  const { from, to } = grid;
  const [coarsest] = grid.levels;
  const samples = segmentsIn(layout, from, to);
  if (coarsest === undefined || isCutAllOver(layout, grid)) return samples;
  const [cut, cutMinutes] = [grid.cutDays(coarsest.widthMs), grid.cutDays(minutes.widthMs)];
  const rolledUp = minutesIn(layout, from, to).filter(({ day }) => coarsest === minutes || cut.has(day));
  return [...new Set([...samples.filter(({ day }) => cutMinutes.has(day)), ...rolledUp])];
}

/** Edges lie in most days: then each file is looked into anyway, and to read its samples in their order is the quickest. */
function isCutAllOver(layout: Pick<Layout, 'segments'>, grid: SeriesGrid): boolean {
  const [coarsest] = grid.levels;
  if (coarsest === undefined) return true;
  const days = segmentsIn(layout, grid.from, grid.to);
  const cut = coarsest === minutes ? undefined : grid.cutDays(coarsest.widthMs);
  return days.length > 0 && days.filter(({ day }) => cut === undefined || cut.has(day)).length * 2 > days.length;
}

async function fill(picture: Picture, tag: HistoryTag, grid: SeriesGrid, points: SeriesPoint[]): Promise<void> {
  const generations = await generationsIn(picture, tag.kind, grid);
  const { levels } = grid;
  const isSorted = generations.length === 0 && isOneADay(segmentsIn(picture, grid.from, grid.to));
  if (isSorted && isCutAllOver(picture.layout, grid)) {
    const fold = new BucketFold((time) => grid.bucketAt(time));
    return fillFolded(await foldSorted(picture, tag, grid, fold), grid, points);
  }
  if (levels.length === 0) return fillPlain(picture, tag, grid, points);
  const parts = [
    ...levels.flatMap((level, i) => slotsOf(picture, tag, grid, level, levels[i - 1], generations)),
    ...(await rawParts(picture, tag, grid, generations)),
  ];
  if (parts.length === 0) return;
  await picture.read(
    `SELECT slot::DOUBLE, samples, bad, low, high, mean, first, last FROM ${merged(parts.map(rollupRows).join(' UNION ALL '), 'slot')}`,
    [tag.number],
    (row) => take(points, row),
  );
}

/** Straight from samples in whatever order they lie. */
async function fillPlain(
  { layout, segments, read }: Picture,
  { kind, number }: HistoryTag,
  grid: SeriesGrid,
  points: SeriesPoint[],
): Promise<void> {
  const rows = rowsOf(sourcesOf(kind, layout, segments), 'tag = $1::UINTEGER AND time >= $2 AND time < $3');
  await read(
    `SELECT slot::DOUBLE, (count(*) FILTER (status < ${badFrom}))::DOUBLE, (count(*) FILTER (status >= ${badFrom}))::DOUBLE, min(x), max(x),
       greatest(min(x), least(max(x), favg(x))),
       arg_min(x, place) FILTER (x IS NOT NULL), arg_max(x, place) FILTER (x IS NOT NULL)
     FROM (SELECT ${grid.bucket('time')} AS slot, status, ${numericValue[kind]} AS x, row(time, epoch, sequence, place) AS place FROM ${rows})
     GROUP BY slot`,
    [number, grid.from, grid.to],
    (row) => take(points, row),
  );
}

function take(points: SeriesPoint[], [index, count, badCount, min, max, mean, first, last]: Row): void {
  const figures = { count, badCount, min, max, mean, first, last } as Omit<SeriesPoint, 'from' | 'to'>;
  points[index as number] = { ...points[index as number]!, ...figures };
}

function fillFolded(columns: readonly Float64Array[], grid: SeriesGrid, points: SeriesPoint[]): void {
  const [times, counts, badCounts, , mins, , maxs, , means, firsts, , lasts] = columns as Float64Array[];
  const figure = (column: Float64Array | undefined, i: number) => (Number.isNaN(column![i]!) ? null : column![i]!);
  for (const [i, time] of times!.entries()) {
    const index = grid.indexOf(time);
    points[index] = {
      ...points[index]!,
      ...{ count: counts![i]!, badCount: badCounts![i]!, min: figure(mins, i), max: figure(maxs, i) },
      ...{ mean: figure(means, i), first: figure(firsts, i), last: figure(lasts, i) },
    };
  }
}

/** Slots of one level that lie whole in a bucket, but for those that are part of a coarser such one. */
function slotsOf(
  { segments }: Picture,
  { kind }: HistoryTag,
  grid: SeriesGrid,
  level: RollupLevel,
  coarser: RollupLevel | undefined,
  generations: readonly Generation[],
): string[] {
  const { widthMs } = level;
  const ofTag = `kind = ${kindNumber(kind)} AND tag = $1::UINTEGER`;
  const inRange = `slot >= ${Math.floor(grid.from / widthMs)} AND slot < ${Math.ceil(grid.to / widthMs)}`;
  const sealed =
    level === minutes
      ? minutesIn({ segments }, grid.from, grid.to).map((segment) => minutesOf(segment, ofTag))
      : [`(FROM ${sealedTable(level)} WHERE ${ofTag})`];
  const open = generations.map(
    ({ id, sealedTo }) => `(FROM ${rollupTable(level, id)} WHERE ${ofTag} AND slot >= ${sealedTo / widthMs})`,
  );
  const conditions = [inRange, grid.isWhole('slot', widthMs)];
  if (coarser !== undefined)
    conditions.push(`NOT ${grid.isWhole(`slot // ${coarser.widthMs / widthMs}`, coarser.widthMs)}`);
  return [...sealed, ...open].map(
    (rows) =>
      `(SELECT * REPLACE (${grid.bucket(`slot * ${widthMs}`)} AS slot) FROM ${rows} WHERE ${conditions.join(' AND ')})`,
  );
}

/** Samples of minutes that are cut, and those not rolled up yet. */
async function rawParts(
  picture: Picture,
  { kind }: HistoryTag,
  grid: SeriesGrid,
  generations: readonly Generation[],
): Promise<string[]> {
  const ofTag = `tag = $1::UINTEGER AND time >= ${grid.from} AND time < ${grid.to}`;
  const isCut = `NOT ${grid.isWhole(`time // ${minutes.widthMs}`, minutes.widthMs)}`;
  const segments = segmentsIn(picture, grid.from, grid.to);
  const sealed = sourcesOf(kind, { generations: [], segments }, segments);
  const found: [SampleSource[], string][] = [[sealed, `${ofTag} AND ${isCut}`]];
  for (const generation of generations) {
    const next = await rolledUpTo(picture, kind, generation);
    found.push([[openSource(kind, generation)], `${ofTag} AND (rowid >= ${next} OR ${isCut})`]);
  }
  const rows = found.flatMap(([sources, condition]) =>
    sources.length === 0 ? [] : [`FROM ${rowsOf(sources, condition)}`],
  );
  if (rows.length === 0) return [];
  const table = `(SELECT * RENAME (place AS rowid) FROM (${rows.join(' UNION ALL ')}))`;
  return [fromSamples(kind, grid.bucket('time'), { table, where: 'true', value: 'value', isSorted: false }, 'true')];
}
