import { expect } from 'chai';
import { group, hour, KpiBench, minute, minutes, press, sixOClock } from './plant.ts';

const assetId = 'q.line-1.press-1';
const window = { tenantId: 't', from: sixOClock, to: sixOClock + 2 * hour };

describe('readings of a work unit', () => {
  let bench: KpiBench;

  beforeEach(async () => {
    bench = await KpiBench.open();
    bench.plant.put(group('q', 'site'), group('q.line-1'), press(assetId, 1));
    await bench.commit(minutes(1, sixOClock, sixOClock + 2 * hour, 1, 100));
    bench.clock.advance(3 * hour);
    await bench.runner.start();
  });
  afterEach(() => bench.close());

  const ask = async (): Promise<number> => {
    const [kpi] = await bench.runner.evaluate({ ...window, assetId, window: 'custom' });
    return kpi!.elements.adet;
  };

  it('are made once for all that a page asks about one window', async () => {
    await ask();
    const once = bench.reads;
    await Promise.all([
      ask(),
      bench.runner.states({ ...window, assetId }),
      bench.runner.losses({ ...window, assetId: 'q.line-1' }),
      bench.runner.evaluate({ ...window, assetId: 'q', window: 'hour' }),
    ]);
    expect(bench.reads).to.equal(once);
  });

  it('are made anew when samples of the window come late, not for those after it', async () => {
    expect(await ask()).to.equal(0);
    const once = bench.reads;
    await bench.commit([[1, window.to + 5 * minute, 1]]);
    expect(await ask()).to.equal(0);
    expect(bench.reads).to.equal(once);
    await bench.commit([[1, sixOClock + 90 * minute + 30_000, 2]]);
    expect(await ask()).to.equal(30_000);
  });

  it('are made anew when the plant has changed, and after a while', async () => {
    await ask();
    const once = bench.reads;
    bench.plant.changed.emit({ tenantId: 't', assetIds: [] });
    await ask();
    const twice = bench.reads;
    expect(twice).to.be.greaterThan(once);
    bench.clock.advance(minute);
    await ask();
    expect(bench.reads).to.be.greaterThan(twice);
  });

  it('are not kept when they are long', async () => {
    const week = { tenantId: 't', assetId, from: sixOClock - 7 * 24 * hour, to: window.to };
    const before = bench.reads;
    await bench.runner.losses(week);
    const once = bench.reads - before;
    await bench.runner.losses(week);
    expect(once).to.be.greaterThan(0);
    expect(bench.reads - before).to.equal(2 * once);
  });
});
