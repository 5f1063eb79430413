import { expect } from 'chai';
import { plugin } from '#cloud/plugins/energy/plugin';
import type { PluginHost } from '#cloud/plugins/host/plugin-host';
import { hour, minute, PluginBench, type Row, running, sixOClock, tags } from '../plugin-bench.ts';

interface Shift {
  readonly from: number;
  readonly state: string;
  readonly energyKwh: number | null;
  readonly energyCoverage: number;
  readonly perGoodKwh: number | null;
  readonly typicalKwh: number | null;
  readonly deviation: number | null;
}

const whole = { tenantId: 't', scope: null };
const shiftMs = 8 * hour;
const line = 'site.line-1';

describe('energy plugin: meters of a line', function () {
  this.timeout(60_000);
  let bench: PluginBench;
  let host: PluginHost;

  beforeEach(async () => {
    bench = await PluginBench.open();
    host = bench.host(plugin);
  });
  afterEach(() => bench.close());

  const ask = async <T>(path: string, query: object): Promise<T[]> => {
    const call = { kind: 'route', id: `get ${path}`, query, body: undefined } as const;
    return ((await host.call('energy', call, whole)) as { items: T[] }).items;
  };
  const shifts = () => ask<Shift>('/by-window', { window: 'shift', days: '3' });
  const firstShift = async () => (await shifts()).find(({ from }) => from === sixOClock)!;
  const metersAre = (...meters: string[]) =>
    host.changeSettings('t', 'energy', { meters: meters.map((tag) => ({ line, tag, unit: 'kW.h' })) });
  /** A second meter that counts a kWh each ten minutes. */
  const second = (from: number, to: number): Row[] =>
    Array.from({ length: (to - from) / (10 * minute) + 1 }, (_, i) => [tags.other, from + i * 10 * minute, i] as const);

  it('add up, and what is known of the line is what is known of the worst', async () => {
    await bench.commit(running(sixOClock, sixOClock + shiftMs));
    await bench.commit(second(sixOClock, sixOClock + shiftMs / 2));
    bench.clock.advance(shiftMs + 2 * minute);
    await metersAre(String(tags.energy), String(tags.other));
    const partly = await firstShift();
    expect(partly).to.deep.include({ state: 'unknown', energyCoverage: 0.5, perGoodKwh: null });
    expect((await ask<{ state: string }>('/meters', {})).map(({ state }) => state)).to.deep.equal(['reads', 'silent']);
    await bench.commit([[tags.other, sixOClock + shiftMs, 48]]);
    const all = await firstShift();
    expect(all).to.include({ state: 'complete', energyCoverage: 1 });
    expect(all.energyKwh).to.be.closeTo(240 + 48, 1e-9);
  });

  it('one that is not there leaves the others and their lines in sight', async () => {
    await bench.commit(running(sixOClock, sixOClock + shiftMs));
    bench.clock.advance(shiftMs + 2 * minute);
    await metersAre(String(tags.energy), '99');
    expect(await firstShift()).to.include({ state: 'unknown', energyKwh: null, perGoodKwh: null });
    const meters = await ask<{ tag: string; state: string }>('/meters', {});
    expect(meters.map(({ tag, state }) => [tag, state])).to.deep.equal([
      [String(tags.energy), 'reads'],
      ['99', 'unknown'],
    ]);
    const kpi = { assetId: line, window: 'shift', from: sixOClock, to: sixOClock + 1 } as const;
    const [figure] = (await host.call('energy', { kind: 'kpi', id: 'energy-per-good-piece', query: kpi }, whole)) as {
      value: number | null;
    }[];
    expect(figure?.value).to.equal(null);
    await host.call('energy', { kind: 'job', id: 'typical' }, whole);
  });

  it('the usual figure is the median of finished shifts, and kept', async () => {
    // Three shifts of another appetite each, and a fourth that is not over.
    const kWhPerMinute = [0.5, 0.2, 0.3, 0.4];
    let kWh = 0;
    for (const [i, step] of kWhPerMinute.entries()) {
      const from = sixOClock + i * shiftMs;
      await bench.commit(running(from, from + shiftMs - minute, { step, kWh, pieces: i * 480 }));
      kWh += 480 * step;
    }
    bench.clock.advance(3 * shiftMs + hour);
    await host.call('energy', { kind: 'job', id: 'typical' }, whole);
    const found = await shifts();
    const known = (from: number) => found.find((shift) => shift.from === from)!;
    const median = known(sixOClock + 2 * shiftMs);
    expect(found.map(({ typicalKwh }) => typicalKwh)).to.deep.equal(found.map(() => median.perGoodKwh));
    expect(median.deviation).to.equal(0);
    expect(known(sixOClock).deviation).to.be.closeTo(0.5 / 0.3 - 1, 0.01);
    expect(known(sixOClock + shiftMs).deviation).to.be.closeTo(0.2 / 0.3 - 1, 0.01);
  });
});
