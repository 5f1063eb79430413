import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import type { AssetCatalogue } from './assets/asset-catalogue.ts';
import type { CloudConfig } from './config.ts';
import type { Presence } from './gateways/presence.ts';
import type { HistoryStore } from './history/history-store.ts';
import { missingOnly } from './ingest/gap-remainder.ts';
import type { Ingest } from './ingest/ingest.ts';
import type { KpiEngine } from './kpi/kpi-engine.ts';
import type { Records } from './records/records.ts';
import { gapEvents } from './webhooks/gap-events.ts';
import { gatewayEvents } from './webhooks/gateway-events.ts';
import { kpiEvents } from './webhooks/kpi-events.ts';
import { Outbox } from './webhooks/outbox.ts';
import { Webhooks } from './webhooks/webhooks.ts';

interface Parts {
  readonly records: Records;
  readonly history: HistoryStore;
  readonly ingest: Ingest;
  readonly kpis: KpiEngine;
  readonly assets: AssetCatalogue;
  readonly presence: Presence;
}

/** What others are told of by webhooks, and the outbox it stands in. */
export function outwardEvents(
  { records, history, ingest, kpis, assets, presence }: Parts,
  { config, clock, random, log }: { config: CloudConfig; clock: Clock; random: () => number; log: Logger },
  homeTenantId: string,
): { webhooks: Webhooks; deliveries: Outbox } {
  const deliveries = new Outbox({ records, clock, random });
  const gaps = async (tenantId: string, from: number) => {
    const gateways = await records.gateways.find({ tenantId }).select({ _id: 1 }).lean<{ _id: string }[]>();
    const gatewayIds = gateways.map(({ _id }) => _id);
    const to = Number.MAX_SAFE_INTEGER;
    const page = await history.gaps({ gatewayIds, from, to, limit: 500, order: 'newest' });
    return missingOnly(page.gaps, (gatewayId, epoch) => ingest.stored(gatewayId, epoch));
  };
  const withKpis = (tenantId: string) =>
    assets.views(tenantId).flatMap(({ assetId }) => (kpis.live(tenantId, assetId) === undefined ? [] : [assetId]));
  const sources = [
    gatewayEvents((tenantId) => presence.list(tenantId)),
    gapEvents({ list: gaps, onNews: (listener) => ingest.lost.on(listener) }),
    kpiEvents({ window: 'shift', kpis, assets: withKpis }),
    kpiEvents({ window: 'hour', kpis, assets: withKpis }),
  ];
  const webhooks = new Webhooks({ config: config.webhooks, homeTenantId, outbox: deliveries, sources, clock, log });
  return { webhooks, deliveries };
}
