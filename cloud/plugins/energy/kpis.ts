import type { PluginKpi } from '@gongfu/shared/sdk/plugin';
import type { PluginContext, WindowQuery } from '@gongfu/shared/sdk/plugin-context';
import { figureOf } from './figure.ts';
import { lineWindows } from './line-energy.ts';
import type { Settings } from './manifest.ts';

const shared = {
  unit: 'kWh/piece',
  trend: 'lower-is-better',
  timing: 'on-demand',
  audience: ['supervisor', 'manager'],
} as const;

export const kpis: PluginKpi<Settings>[] = [
  {
    ...shared,
    id: 'energy-per-good-piece',
    name: { zh: '单件良品能耗', en: 'Energy per good piece' },
    description: {
      zh: '产线电量除以良品数；废品消耗的电量计入良品。',
      en: 'Energy of the line over its good pieces; what scrap has used counts against the good ones.',
    },
    formula: 'E / GQ, after ISO 22400-2 comprehensive energy consumption (E / PQ)',
    method: 'energy-per-good-piece/1',
    evaluate: (context, query) => figures(context, query, 'good'),
  },
  {
    ...shared,
    id: 'comprehensive-energy',
    name: { zh: '综合能耗', en: 'Comprehensive energy consumption' },
    description: { zh: '产线电量除以产出总数。', en: 'Energy of the line over all it has produced.' },
    formula: 'E / PQ (ISO 22400-2)',
    method: 'iso22400-2/comprehensive-energy/1',
    evaluate: (context, query) => figures(context, query, 'produced'),
  },
];

async function figures(context: PluginContext<Settings>, query: WindowQuery, pieces: 'good' | 'produced') {
  const { assetId, ...range } = query;
  const assets = await context.assets();
  const asset = assets.find((one) => one.assetId === assetId);
  // The KPI engine says best what is wrong with an id nobody knows.
  if (asset === undefined) {
    await context.kpis(query);
    return [];
  }
  const windows = await lineWindows(context, asset, assets, range);
  return windows.map((window) => figureOf(assetId, window, pieces, context.settings));
}
