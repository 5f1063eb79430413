import type { AssetKpi, KpiEngine } from '../kpi/kpi-engine.ts';
import type { EventSource, PlantEvent } from './plant-events.ts';

/** Data may come a little late; what comes later still changes the figure, but is no event. */
const settleMs = 5 * 60_000;
const lookBackMs = { shift: 86_400_000, hour: 3 * 3_600_000 } as const;

/** The result of every shift or hour of an asset that has ended. */
export function kpiEvents(options: {
  window: 'shift' | 'hour';
  kpis: Pick<KpiEngine, 'windows' | 'evaluate'>;
  /** Assets that have KPIs. */
  assets: (tenantId: string) => readonly string[];
  /** One whose figures cannot be had: its samples are gone already, or too many. All others are told. */
  onFault: (assetId: string, error: unknown) => void;
}): EventSource {
  const { window, kpis, assets, onFault } = options;
  const event = `kpi.${window}` as const;
  return {
    events: [event],
    async find(tenantId, now, isKnown) {
      const found: PlantEvent[] = [];
      const from = now - lookBackMs[window];
      const look = async (assetId: string) => {
        for (const ended of kpis.windows({ tenantId, assetId, window, from, to: now })) {
          const key = `${assetId} ${ended.label}`;
          if (ended.open || ended.to > now - settleMs || ended.to <= from || (await isKnown(event, key))) continue;
          const results = await kpis.evaluate({ tenantId, assetId, window, from: ended.from, to: ended.to });
          const result = results.find(({ label }) => label === ended.label);
          if (result !== undefined) found.push({ tenantId, event, key, at: ended.to, assetId, data: dataOf(result) });
        }
      };
      for (const assetId of assets(tenantId)) await look(assetId).catch((error: unknown) => onFault(assetId, error));
      return found;
    },
  };
}

function dataOf({ tenantId: _, from, to, observedFrom, ...figures }: AssetKpi): object {
  const time = (at: number) => new Date(at).toISOString();
  return {
    ...figures,
    from: time(from),
    to: time(to),
    observedFrom: observedFrom === null ? null : time(observedFrom),
  };
}
