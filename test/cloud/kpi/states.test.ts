import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { group, hour, KpiBench, minute, minutes, press, sixOClock } from './plant.ts';

const assetId = 'q.line-1.press-1';

describe('states of a work unit', () => {
  let bench: KpiBench;

  before(async () => {
    bench = await KpiBench.open();
    bench.plant.put(group('q', 'site'), group('q.line-1'), press(assetId, 1));
    await bench.commit(minutes(1, sixOClock - 10 * minute, sixOClock + hour, 2, 100));
    // Twenty minutes nobody observes, then it runs into the break of the shift and beyond.
    await bench.commit(minutes(1, sixOClock + 80 * minute, sixOClock + 7 * hour, 1, 200));
    bench.clock.advance(7 * hour);
  });
  after(() => bench.close());

  it('sums up to the time elements of the KPI of the same range, whatever the range', async () => {
    const ranges = [
      [sixOClock, sixOClock + 7 * hour],
      [sixOClock - 2 * hour, sixOClock + 65 * minute],
      [sixOClock + 70 * minute, sixOClock + 5 * hour + 1_234],
    ] as const;
    for (const [from, to] of ranges) {
      const query = { tenantId: 't', assetId, from, to };
      const { items, ...told } = await bench.runner.states(query);
      const [kpi] = await bench.runner.evaluate({ ...query, window: 'custom' });
      expect(told).to.deep.equal({ from, to });
      const sum = { apt: 0, aust: 0, adet: 0, adot: 0, unknown: 0, notPlanned: 0 };
      let end = from;
      for (const item of items) {
        expect(item.from, 'no hole, no overlap').to.equal(end);
        expect(item.to).to.be.greaterThan(item.from);
        expect(item.planned).to.equal(item.element !== 'notPlanned');
        sum[item.element] += item.to - item.from;
        end = item.to;
      }
      expect(end).to.equal(to);
      const { pbt, ...elements } = kpi!.elements;
      expect(sum).to.deep.equal(elements);
      expect(pbt).to.equal(to - from - sum.notPlanned);
      expect(sum.unknown, 'the silence is unknown').to.be.greaterThan(0);
    }
  });

  it('covers the current shift up to now when no time is given', async () => {
    const { from, to, items } = await bench.runner.states({ tenantId: 't', assetId });
    expect({ from, to }).to.deep.equal({ from: sixOClock, to: bench.clock.now() });
    expect(items.map(({ state }) => state)).to.include.members(['down', 'unknown', 'running']);
  });

  it('names what it cannot answer', async () => {
    const codeOf = (query: { assetId: string; from?: number; to?: number }): Promise<string> =>
      bench.runner.states({ tenantId: 't', ...query }).then(
        () => 'answered',
        (problem: Problem) => problem.code,
      );
    expect(await codeOf({ assetId: 'q.line-9' })).to.equal('asset-unknown');
    expect(await codeOf({ assetId: 'q.line-1' })).to.equal('kpi-not-defined');
    expect(await codeOf({ assetId, from: sixOClock - 40 * 24 * hour, to: sixOClock })).to.equal('kpi-range-too-long');
    const ahead = await bench.runner.states({ tenantId: 't', assetId, from: sixOClock + 20 * hour });
    expect(ahead.items).to.deep.equal([]);
  });
});
