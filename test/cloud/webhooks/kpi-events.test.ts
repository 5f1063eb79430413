import { expect } from 'chai';
import type { AssetKpi } from '#cloud/kpi/kpi-engine';
import { kpiEvents } from '#cloud/webhooks/kpi-events';

const hourMs = 3_600_000;
const now = Date.UTC(2026, 10, 28, 12, 30);

describe('webhooks: KPIs', () => {
  it('of an asset whose figures cannot be had keep back those of no other', async () => {
    const ended = { label: 'hour', shiftId: null, from: now - 1.5 * hourMs, to: now - 0.5 * hourMs, open: false };
    const result = { ...ended, tenantId: 't', observedFrom: null, oee: null } as unknown as AssetKpi;
    const faults: string[] = [];
    const source = kpiEvents({
      window: 'hour',
      assets: () => ['site.a', 'site.b', 'site.c'],
      onFault: (assetId, error) => faults.push(`${assetId}: ${(error as Error).message}`),
      kpis: {
        windows: ({ assetId }) => {
          if (assetId === 'site.a') throw new Error('no calendar');
          return [ended];
        },
        evaluate: async ({ assetId }) => {
          if (assetId === 'site.b') throw new Error('history-expired');
          return [{ ...result, assetId }];
        },
      },
    });
    const found = await source.find('t', now, async () => false);
    expect(found.map(({ key }) => key)).to.deep.equal(['site.c hour']);
    expect(faults).to.deep.equal(['site.a: no calendar', 'site.b: history-expired']);
  });
});
