import type { PlantAsset, PluginContext, TagSamples, WindowQuery } from '@gongfu/shared/sdk/plugin-context';
import { exchangesOf } from './exchanges.ts';
import { known, type LineMeter, metersOf } from './line-meters.ts';
import type { Settings } from './manifest.ts';
import { type Exchange, energyIn, type Readings, type Span, type WindowEnergy } from './meter.ts';

const hourMs = 3_600_000;
/** How far behind a window the reading after it is looked for. */
const furthestMs = 48 * hourMs;

/** Energy and pieces of one window of a line. */
export interface LineWindow extends Span {
  readonly label: string;
  readonly shiftId: string | null;
  readonly open: boolean;
  /** kWh; null where nothing is known. */
  readonly energyKwh: number | null;
  readonly unassignedKwh: number;
  readonly energyCoverage: number;
  readonly falls: number;
  readonly produced: number;
  readonly good: number;
  readonly pieceCoverage: number | null;
}

/** The windows of a line that the question touches, oldest first. @throws Problem of the KPI engine */
export async function lineWindows(
  context: PluginContext<Settings>,
  asset: PlantAsset,
  assets: readonly PlantAsset[],
  query: Omit<WindowQuery, 'assetId'>,
): Promise<LineWindow[]> {
  const meters: { meter: LineMeter; exchanges: Exchange[] }[] = [];
  for (const meter of metersOf(asset, assets, context.settings)) {
    meters.push({ meter, exchanges: await exchangesOf(context, meter.tag) });
  }
  const kpis = await context.kpis({ ...query, assetId: asset.assetId });
  const windows: LineWindow[] = [];
  for (const { label, shiftId, open, from, to, counts, coverage } of kpis) {
    const energies: WindowEnergy[] = [];
    for (const one of meters) energies.push(await meterEnergy(context, one, { from, to }));
    windows.push({
      label,
      shiftId,
      open,
      from,
      to,
      ...together(energies),
      produced: counts.produced,
      good: counts.good,
      pieceCoverage: coverage,
    });
  }
  return windows;
}

/** Several meters of one line add up; what is known of the line is what is known of the worst of them. */
function together(
  energies: readonly WindowEnergy[],
): Pick<LineWindow, 'energyKwh' | 'unassignedKwh' | 'energyCoverage' | 'falls'> {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const known = energies.flatMap(({ energy }) => (energy === null ? [] : [energy]));
  return {
    energyKwh: energies.length > 0 && known.length === energies.length ? sum(known) : null,
    unassignedKwh: sum(energies.map(({ unassigned }) => unassigned)),
    energyCoverage: energies.length === 0 ? 0 : Math.min(...energies.map(({ coverage }) => coverage)),
    falls: sum(energies.map(({ falls }) => falls)),
  };
}

const nothingMeasured: WindowEnergy = { energy: null, unassigned: 0, coverage: 0, falls: 0 };

/** In kWh. A tag that is not there measures nothing, nor does a meter whose unit is none of energy. */
async function meterEnergy(
  context: PluginContext<Settings>,
  { meter, exchanges }: { meter: LineMeter; exchanges: readonly Exchange[] },
  window: Span,
): Promise<WindowEnergy> {
  const { tag, kWhPerUnit, rolloverAt } = meter;
  if (kWhPerUnit === undefined) return nothingMeasured;
  const longestGapMs = context.settings.longestGapMinutes * 60_000;
  const readings = await known(readingsAround(context, tag, window, longestGapMs));
  if (readings === undefined) return nothingMeasured;
  const [measured] = energyIn(readings, [window], { longestGapMs, rolloverAt, exchanges });
  const { energy, unassigned, coverage, falls } = measured!;
  return {
    energy: energy === null ? null : energy * kWhPerUnit,
    unassigned: unassigned * kWhPerUnit,
    coverage,
    falls,
  };
}

/** All readings of the window, with the one before it and the one after it, where there are such. */
async function readingsAround(
  context: PluginContext<Settings>,
  tag: string,
  { from, to }: Span,
  longestGapMs: number,
): Promise<Readings> {
  const near = await context.samples({ tag, from, to: Math.min(to + longestGapMs, context.now + 1), before: true });
  const inside = readingsOf(near);
  const first = near.sourceTimes[0];
  const base =
    first !== undefined && first < from && Number.isNaN(near.values[0]) ? await olderThan(context, tag, first) : [];
  const after = inside.times.some((time, row) => time >= to && !Number.isNaN(inside.values[row]))
    ? []
    : await newerThan(context, tag, to + longestGapMs);
  return joined([...base, inside, ...after]);
}

/** The newest sample before a window was bad: the last that says something is looked for, in steps that double. */
async function olderThan(context: PluginContext<Settings>, tag: string, time: number): Promise<Readings[]> {
  let to = time;
  for (let spanMs = hourMs; spanMs <= furthestMs && to > 0; spanMs *= 2) {
    const older = await context.samples({ tag, from: Math.max(0, to - spanMs), to, before: true });
    const row = older.values.findLastIndex((value) => !Number.isNaN(value));
    if (row >= 0) return [rowOf(older, row)];
    if (older.sourceTimes.length === 0) return [];
    to = older.sourceTimes[0]!;
  }
  return [];
}

async function newerThan(context: PluginContext<Settings>, tag: string, time: number): Promise<Readings[]> {
  const end = Math.min(context.now + 1, time + furthestMs);
  let from = time;
  for (let spanMs = hourMs; from < end; spanMs *= 2) {
    const newer = await context.samples({ tag, from, to: Math.min(end, from + spanMs), before: false });
    const row = newer.values.findIndex((value) => !Number.isNaN(value));
    if (row >= 0) return [rowOf(newer, row)];
    from += spanMs;
  }
  return [];
}

function readingsOf({ sourceTimes, values }: TagSamples): Readings {
  return { times: sourceTimes, values };
}

function rowOf({ sourceTimes, values }: TagSamples, row: number): Readings {
  return { times: sourceTimes.slice(row, row + 1), values: values.slice(row, row + 1) };
}

function joined(parts: readonly Readings[]): Readings {
  const join = (columns: Float64Array[]) => Float64Array.from(columns.flatMap((column) => [...column]));
  if (parts.length === 1) return parts[0]!;
  return { times: join(parts.map(({ times }) => times)), values: join(parts.map(({ values }) => values)) };
}
