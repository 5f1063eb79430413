import { expect } from 'chai';
import { plugin } from '#cloud/plugins/energy/plugin';
import type { PluginHost } from '#cloud/plugins/host/plugin-host';
import { hour, minute, PluginBench, running, sixOClock, tags } from '../plugin-bench.ts';

interface Row {
  readonly assetId: string;
  readonly state: string;
  readonly energyKwh: number | null;
  readonly good: number;
  readonly perGoodKwh: number | null;
  readonly unassignedKwh: number;
}

const whole = { tenantId: 't', scope: null };
const shiftMs = 8 * hour;

describe('energy plugin: on a history', function () {
  this.timeout(60_000);
  let bench: PluginBench;
  let host: PluginHost;

  before(async () => {
    bench = await PluginBench.open();
    // Half a kWh a minute and a piece; the meter rolls over at 1000 kWh within the shift.
    const rows = running(sixOClock, sixOClock + shiftMs, { kWh: 900 });
    await bench.commit(rows.map(([tag, time, value]) => [tag, time, tag === tags.energy ? value % 1_000 : value]));
    bench.clock.advance(shiftMs + 2 * minute);
    host = bench.host(plugin);
  });
  after(() => bench.close());

  async function shift(): Promise<Row> {
    const query = { window: 'shift', days: '1' };
    const call = { kind: 'route', id: 'get /by-window', query, body: undefined } as const;
    const { items } = (await host.call('energy', call, whole)) as { items: (Row & { from: number })[] };
    return items.find(({ from }) => from === sixOClock)!;
  }

  it('energy per good piece is the energy of the shift over its good pieces, across a roll-over', async () => {
    const row = await shift();
    // The piece of the last minute was counted at the very end: it is the first of the next shift.
    expect(row).to.include({ assetId: 'site.line-1', state: 'complete', good: 479, unassignedKwh: 0 });
    expect(row.energyKwh).to.be.closeTo(240, 1e-9);
    expect(row.perGoodKwh).to.be.closeTo(240 / 479, 1e-9);
  });

  it('the KPI says the same as the page, and what it was made of', async () => {
    const query = { assetId: 'site.line-1', window: 'shift', from: sixOClock, to: sixOClock + 1 } as const;
    const figures = await host.call('energy', { kind: 'kpi', id: 'energy-per-good-piece', query }, whole);
    const { perGoodKwh, energyKwh, good } = await shift();
    const [figure] = figures as { value: number; coverage: number; inputs: object }[];
    expect(figure).to.include({ value: perGoodKwh, coverage: 1 });
    expect(figure?.inputs).to.include({ energyKwh, good });
  });
});
