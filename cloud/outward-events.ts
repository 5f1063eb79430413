import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
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

/** Losses of a tenant that are looked at: of more in a day only those of the latest time are told. */
const gapsMax = 2_000;

/** What others are told of by webhooks, and the outbox it stands in. */
export function outwardEvents(
  { records, history, ingest, kpis, assets, presence }: Parts,
  { config, clock, random, log }: { config: CloudConfig; clock: Clock; random: () => number; log: Logger },
  homeTenantId: string,
): { webhooks: Webhooks; deliveries: Outbox } {
  const deliveries = new Outbox({ records, clock, random });
  const gaps = async (tenantId: string, heardFrom: number) => {
    const gateways = await records.gateways.find({ tenantId }).select({ _id: 1 }).lean<{ _id: string }[]>();
    const gatewayIds = gateways.map(({ _id }) => _id);
    // Of whatever time: what overflowed at the begin of a long outage is heard of at its end.
    const always = { from: 0, to: Number.MAX_SAFE_INTEGER };
    const page = await history.gaps({ gatewayIds, ...always, heardFrom, limit: gapsMax, order: 'newest' });
    return missingOnly(page.gaps, (gatewayId, epoch) => ingest.stored(gatewayId, epoch));
  };
  const withKpis = (tenantId: string) =>
    assets.views(tenantId).flatMap(({ assetId }) => (kpis.live(tenantId, assetId) === undefined ? [] : [assetId]));
  const onFault = (assetId: string, error: unknown) =>
    log.warn({ assetId, error: messageOf(error) }, 'webhooks: no figures of an asset, tried again');
  const sources = [
    gatewayEvents((tenantId) => presence.list(tenantId)),
    gapEvents({ list: gaps, onNews: (listener) => ingest.lost.on(listener) }),
    kpiEvents({ window: 'shift', kpis, assets: withKpis, onFault }),
    kpiEvents({ window: 'hour', kpis, assets: withKpis, onFault }),
  ];
  const webhooks = new Webhooks({ config: config.webhooks, homeTenantId, outbox: deliveries, sources, clock, log });
  return { webhooks, deliveries };
}
