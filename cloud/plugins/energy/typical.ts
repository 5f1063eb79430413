import type { Json, PluginContext } from '@gongfu/shared/sdk/plugin-context';
import { perPiece } from './figure.ts';
import { lineWindows } from './line-energy.ts';
import { meteredAssets } from './line-meters.ts';
import type { Settings } from './manifest.ts';

const dayMs = 86_400_000;
/** Samples may still arrive so long after a shift: its figure is then made anew. */
const settlesAfterMs = 2 * dayMs;
/** A median of fewer shifts says little. */
const shiftsMin = 3;

const shiftPrefix = (assetId: string) => `shift/${assetId}/`;
const typicalKey = (assetId: string) => `typical/${assetId}`;

/** What is usual for a line: the median of its finished shifts; null before there are enough. */
export async function typicalOf(context: PluginContext, assetId: string): Promise<number | null> {
  const kept = await context.record(typicalKey(assetId));
  return typeof kept?.value === 'number' ? kept.value : null;
}

/** Keeps the figure of every finished shift and, per line, what is usual. Only shifts that are new or may still change are computed. */
export async function keepTypical(context: PluginContext<Settings>): Promise<void> {
  const assets = await context.assets();
  for (const asset of meteredAssets(assets, context.settings)) {
    const { assetId } = asset;
    const earliest = context.now - context.settings.typicalDays * dayMs;
    const kept = new Map((await context.records(shiftPrefix(assetId))).map((record) => [timeIn(record.key), record]));
    for (const [time, { key }] of kept) if (time < earliest) await context.deleteRecord(key);
    const settled = [...kept.keys()].filter((time) => time < context.now - settlesAfterMs);
    const from = Math.max(earliest, ...settled.map((time) => time + 1));
    const windows = await shiftsSince(context, asset, assets, from);
    for (const window of windows) {
      if (window.open || settled.includes(window.from)) continue;
      const value = perPiece(window, 'good', context.settings);
      await context.putRecord(`${shiftPrefix(assetId)}${window.from}`, value);
    }
    const values = (await context.records(shiftPrefix(assetId))).map(({ value }) => value).filter(isNumber);
    if (values.length >= shiftsMin) await context.putRecord(typicalKey(assetId), median(values));
    else await context.deleteRecord(typicalKey(assetId));
  }
}

/** A metered asset need not make anything: it then has no shifts. */
async function shiftsSince(
  context: PluginContext<Settings>,
  asset: Parameters<typeof lineWindows>[1],
  assets: Parameters<typeof lineWindows>[2],
  from: number,
) {
  try {
    return await lineWindows(context, asset, assets, { window: 'shift', from, to: context.now });
  } catch (error) {
    if ((error as { code?: string }).code === 'kpi-not-defined') return [];
    throw error;
  }
}

function timeIn(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1));
}

function isNumber(value: Json): value is number {
  return typeof value === 'number';
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
