import { type PluginRoute, pluginRoute } from '@gongfu/shared/sdk/plugin';
import type { PlantAsset, PluginContext, WindowQuery } from '@gongfu/shared/sdk/plugin-context';
import { z } from 'zod';
import { exchangesOf, forgetExchange, noteExchange } from './exchanges.ts';
import { perPiece, stateOf } from './figure.ts';
import { type LineWindow, lineWindows } from './line-energy.ts';
import { known, type LineMeter, meteredAssets, metersOf } from './line-meters.ts';
import type { Settings } from './manifest.ts';
import { typicalOf } from './typical.ts';

type Context = PluginContext<Settings>;

const dayMs = 86_400_000;
const text = z.object({ zh: z.string(), en: z.string() });

const row = z.object({
  assetId: z.string(),
  line: text,
  label: z.string(),
  from: z.number(),
  to: z.number(),
  open: z.boolean(),
  state: z.enum(['complete', 'partly', 'no-pieces', 'unknown']),
  energyKwh: z.number().nullable(),
  unassignedKwh: z.number(),
  energyCoverage: z.number(),
  falls: z.number(),
  produced: z.number(),
  good: z.number(),
  pieceCoverage: z.number().nullable(),
  perGoodKwh: z.number().nullable(),
  typicalKwh: z.number().nullable(),
  deviation: z.number().nullable().describe('of perGoodKwh from typicalKwh, as a ratio'),
  costPerGood: z.number().nullable(),
  costUnit: z.string(),
});

const line = z.string().min(1).max(300).optional().describe('asset id; without one all that have a meter');

/** 30 days of shifts of one line are some hundred thousand readings: more at once is not for a page. */
const days = z.enum(['1', '3', '7', '14', '30']);
const windowKind = z.enum(['hour', 'shift', 'day']);

/** A page asks all its blocks the same; what is now has neither window nor days. */
const onlyLine = z.strictObject({ line, window: windowKind.optional(), days: days.optional() });

const byWindow = pluginRoute({
  method: 'get',
  path: '/by-window',
  permission: 'kpis:read',
  summary: 'energy per good piece of each line and window, newest first',
  query: z.strictObject({ line, window: windowKind.default('shift'), days: days.default('3') }),
  reply: z.object({ items: z.array(row) }),
  handle: async (context: Context, { query }) => {
    const range = { window: query.window, from: context.now - Number(query.days) * dayMs, to: context.now };
    const items = await rowsOf(context, query.line, range);
    return { items: items.toSorted((a, b) => b.from - a.from || a.assetId.localeCompare(b.assetId)) };
  },
});

const current = pluginRoute({
  method: 'get',
  path: '/current',
  permission: 'kpis:read',
  summary: 'energy per good piece of the current shift of each line',
  query: onlyLine,
  reply: z.object({ items: z.array(row) }),
  handle: async (context: Context, { query }) => ({
    items: await rowsOf(context, query.line, { window: 'shift', from: context.now - 1, to: context.now }),
  }),
});

async function rowsOf(
  context: Context,
  only: string | undefined,
  range: Omit<WindowQuery, 'assetId'>,
): Promise<z.infer<typeof row>[]> {
  const assets = await context.assets();
  const rows: z.infer<typeof row>[] = [];
  for (const asset of meteredAssets(assets, context.settings)) {
    if (only !== undefined && asset.assetId !== only) continue;
    const typicalKwh = await typicalOf(context, asset.assetId);
    for (const window of await windowsOf(context, asset, assets, range)) {
      rows.push(rowOf(asset, window, typicalKwh, context.settings));
    }
  }
  return rows;
}

/** A meter may stand where nothing is counted, as at the gate of the site: it has no pieces to be divided by. */
async function windowsOf(...asked: Parameters<typeof lineWindows>): Promise<LineWindow[]> {
  try {
    return await lineWindows(...asked);
  } catch (error) {
    if ((error as { code?: string }).code === 'kpi-not-defined') return [];
    throw error;
  }
}

function rowOf(
  asset: PlantAsset,
  window: LineWindow,
  typicalKwh: number | null,
  settings: Settings,
): z.infer<typeof row> {
  const { shiftId: _, ...figures } = window;
  const perGoodKwh = perPiece(window, 'good', settings);
  const { tariff, currency } = settings;
  return {
    assetId: asset.assetId,
    line: asset.name,
    ...figures,
    state: stateOf(window, settings),
    perGoodKwh,
    typicalKwh,
    deviation: perGoodKwh === null || typicalKwh === null || typicalKwh === 0 ? null : perGoodKwh / typicalKwh - 1,
    costPerGood: perGoodKwh === null || tariff === null ? null : perGoodKwh * tariff,
    costUnit: currency,
  };
}

const meters = pluginRoute({
  method: 'get',
  path: '/meters',
  permission: 'kpis:read',
  summary: 'the meters in use with their newest reading',
  query: onlyLine,
  reply: z.object({
    items: z.array(
      z.object({
        assetId: z.string(),
        line: text,
        tag: z.string(),
        unit: z.string(),
        reading: z.number().nullable(),
        readAt: z.number().nullable(),
        state: z.enum(['reads', 'silent', 'no-unit', 'unknown']),
        exchanges: z.number(),
      }),
    ),
  }),
  handle: async (context: Context, { query }) => {
    const assets = await context.assets();
    const items = [];
    for (const asset of meteredAssets(assets, context.settings)) {
      if (query.line !== undefined && asset.assetId !== query.line) continue;
      for (const meter of metersOf(asset, assets, context.settings)) {
        items.push({
          assetId: asset.assetId,
          line: asset.name,
          tag: meter.tag,
          unit: meter.unit,
          ...(await newestOf(context, meter)),
          exchanges: (await exchangesOf(context, meter.tag)).length,
        });
      }
    }
    return { items };
  },
});

async function newestOf(context: Context, { tag, kWhPerUnit }: LineMeter) {
  const { now } = context;
  const newest = await known(context.samples({ tag, from: now, to: now + 1, before: true }));
  if (newest === undefined) return { reading: null, readAt: null, state: 'unknown' as const };
  const readAt = newest.sourceTimes.at(-1) ?? null;
  const value = newest.values.at(-1) ?? Number.NaN;
  const reading = Number.isNaN(value) ? null : value;
  if (kWhPerUnit === undefined) return { reading, readAt, state: 'no-unit' as const };
  const isFresh = readAt !== null && now - readAt <= context.settings.longestGapMinutes * 60_000;
  return { reading, readAt, state: isFresh && reading !== null ? ('reads' as const) : ('silent' as const) };
}

const exchangeTag = z
  .string()
  .regex(/^\d{1,10}$/)
  .meta({ label: { zh: '电表测点', en: 'Tag of the meter' }, widget: 'tag' });
const exchangeAt = z.iso
  .datetime({ offset: true })
  .meta({ label: { zh: '换表时间', en: 'Exchanged at' }, widget: 'time' });

const noteExchangeRoute = pluginRoute({
  method: 'post',
  path: '/exchanges',
  permission: 'portal:configure',
  summary: 'note that a meter was exchanged, so that the energy across it is known',
  body: z.strictObject({
    tag: exchangeTag,
    at: exchangeAt,
    oldReading: z
      .number()
      .min(0)
      .meta({ label: { zh: '旧表末次读数', en: 'Last reading of the old meter' } }),
    newReading: z
      .number()
      .min(0)
      .meta({ label: { zh: '新表首次读数', en: 'First reading of the new meter' } }),
  }),
  reply: z.object({ exchanges: z.number() }),
  handle: async (context: Context, { body }) => {
    const { tag, at, oldReading, newReading } = body;
    await noteExchange(context, tag, { at: Date.parse(at), oldReading, newReading });
    return { exchanges: (await exchangesOf(context, tag)).length };
  },
});

const forgetExchangeRoute = pluginRoute({
  method: 'delete',
  path: '/exchanges',
  permission: 'portal:configure',
  summary: 'forget an exchange that was noted by mistake',
  query: z.strictObject({ tag: exchangeTag, at: exchangeAt }),
  reply: z.object({ exchanges: z.number() }),
  handle: async (context: Context, { query }) => {
    await forgetExchange(context, query.tag, Date.parse(query.at));
    return { exchanges: (await exchangesOf(context, query.tag)).length };
  },
});

export const routes: PluginRoute<Settings>[] = [byWindow, current, meters, noteExchangeRoute, forgetExchangeRoute];
