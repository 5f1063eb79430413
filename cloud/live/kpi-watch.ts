import type { LiveKpi } from '@gongfu/shared/wire/live';
import type { LiveClient } from './live-client.ts';

/** Looks at the KPIs somebody follows and marks those that changed: the engine is asked once per asset, not once per client. */
export class KpiWatch {
  readonly #kpi: (tenantId: string, assetId: string) => LiveKpi | undefined;
  /** The figures last seen per tenant and asset, as text: what has not changed is not sent again. */
  #texts = new Map<string, string>();

  constructor(kpi: (tenantId: string, assetId: string) => LiveKpi | undefined) {
    this.#kpi = kpi;
  }

  look(clients: Iterable<LiveClient>): void {
    const texts = new Map<string, string>();
    for (const { principal, conflation } of clients) {
      for (const assetId of conflation.assets) {
        const key = `${principal.tenantId}/${assetId}`;
        let text = texts.get(key);
        if (text === undefined) {
          text = JSON.stringify(this.#kpi(principal.tenantId, assetId)) ?? '';
          texts.set(key, text);
        }
        if (text !== this.#texts.get(key)) conflation.markAsset(assetId);
      }
    }
    this.#texts = texts;
  }
}
