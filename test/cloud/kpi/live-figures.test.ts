import { noCause } from '@gongfu/shared/model/machine-state';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { group, hour, jam, KpiBench, minute, minutes, press, sixOClock } from './plant.ts';

describe('KPI runner: live figures', () => {
  let bench: KpiBench;
  const asset = 'q.line-1.press-1';
  const live = (assetId = asset) => bench.runner.live('t', assetId);

  beforeEach(async () => {
    bench = await KpiBench.open();
    bench.plant.put(group('q.line-1'), press(asset, 1), press('q.line-1.press-2', 11));
    bench.plant.put(press('q.line-1.meter', 40, { signals: [] }));
  });
  afterEach(() => bench.close());

  async function expectSameAsHistory(assetId = asset): Promise<void> {
    const now = bench.clock.now();
    const fromHistory = await bench.runner.evaluate({
      tenantId: 't',
      assetId,
      window: 'shift',
      from: now,
      to: now + 1,
    });
    const before = await bench.runner.evaluate({ tenantId: 't', assetId, window: 'shift', from: now - 1, to: now });
    const { kpi } = live(assetId)!;
    const same = fromHistory[0] ?? before[0]!;
    const rounded = { unobserved: 0, unplanned: 0 };
    expect({ ...kpi, counts: { ...kpi.counts, ...rounded } }).to.deep.equal({
      ...same,
      plannedRunTime: kpi.plannedRunTime,
      effectiveness: kpi.effectiveness,
      oee: kpi.oee,
      counts: { ...same.counts, ...rounded },
    });
    expect(kpi.plannedRunTime).to.be.closeTo(same.plannedRunTime, 1e-6);
    expect(kpi.counts.unobserved).to.be.closeTo(same.counts.unobserved, 1e-9);
    expect(kpi.counts.unplanned).to.be.closeTo(same.counts.unplanned, 1e-9);
    if (same.oee === null) expect(kpi.oee).to.equal(null);
    else expect(kpi.oee).to.be.closeTo(same.oee, 1e-9);
  }

  it('start from history, then follow what is committed, and equal what history says', async () => {
    await bench.commit(minutes(1, sixOClock - 30 * minute, sixOClock + hour, 2, 100));
    bench.clock.advance(hour);
    await bench.runner.start();
    expect(live()?.state).to.deep.equal({
      assetId: asset,
      state: 'down',
      cause: jam,
      since: sixOClock - 30 * minute,
      doubt: 'none',
    });
    await bench.commit(minutes(1, sixOClock + hour, sixOClock + 7 * hour, 1, 100));
    await bench.commit([[999, sixOClock, 1]]);
    bench.clock.advance(6 * hour - minute + 1);
    expect(live()?.kpi).to.include({ label: '2026-11-23 early', shiftId: 'early', open: true });
    expect(live()?.kpi).to.include({ window: 'shift', to: bench.clock.now(), observedFrom: sixOClock });
    expect(live()?.kpi.counts.produced).to.equal(359);
    // It runs through the break at 10:00.
    expect(live()?.kpi.counts.unplanned).to.be.closeTo(30, 1e-9);
    expect(live()?.kpi.effectiveness).to.be.closeTo(1, 1e-4);
    expect(live()?.state).to.deep.equal({
      assetId: asset,
      state: 'running',
      cause: noCause,
      since: sixOClock + hour,
      doubt: 'none',
    });
    await expectSameAsHistory();
  });

  it('are read again when late samples come, and equal what history says', async () => {
    await bench.runner.start();
    const rows = [
      ...minutes(1, sixOClock, sixOClock + hour, 1, 7),
      ...minutes(1, sixOClock + hour, sixOClock + 2 * hour, 2, 66),
    ];
    bench.clock.advance(2 * hour);
    // The newest first, as after an outage: live lane before backlog.
    for (let end = rows.length; end > 0; end -= 60) await bench.commit(rows.slice(Math.max(0, end - 60), end));
    expect(live()?.kpi.counts.produced).to.equal(0);
    bench.clock.advance(5_000);
    await bench.until(() => live()?.kpi.counts.produced === 59);
    await expectSameAsHistory();
    expect(live()?.kpi.elements.apt).to.equal(hour);
  });

  it('lose and double nothing that is committed while history is read', async () => {
    await bench.commit(minutes(1, sixOClock, sixOClock + hour, 1, 0));
    bench.clock.advance(2 * hour);
    const started = bench.runner.start();
    for (let i = 0; i < 12; i += 1) {
      const from = sixOClock + hour + i * 5 * minute;
      await bench.commit(minutes(1, from, from + 5 * minute, 1, 60 + i * 5));
    }
    await started;
    expect(live()?.kpi.counts.produced).to.equal(119);
    await expectSameAsHistory();
    // What was told while history was read is either in what was read or newer: nothing has to be read again.
    const { reads } = bench;
    bench.clock.advance(20_000);
    expect(bench.reads).to.equal(reads);
  });

  it('turn to the next shift when it begins', async () => {
    await bench.commit(minutes(1, sixOClock, sixOClock + 8 * hour, 1, 0));
    bench.clock.advance(7 * hour);
    await bench.runner.start();
    expect(live()?.kpi.label).to.equal('2026-11-23 early');
    bench.clock.advance(hour + 1_000);
    await bench.until(() => live()?.kpi.label === '2026-11-23 late');
    await bench.commit([
      [1, bench.clock.now(), 1],
      [2, bench.clock.now(), 481],
    ]);
    bench.clock.advance(minute);
    expect(live()?.kpi).to.include({ open: true, from: sixOClock + 8 * hour });
    // 479 at 13:59, 481 now: pieces count in the shift that first saw them.
    expect(live()?.kpi.counts.produced).to.equal(2);
    expect(live()?.state.since).to.equal(sixOClock);
  });

  it('show doubt: never seen, stale, bad', async () => {
    await bench.runner.start();
    expect(live()?.state).to.deep.equal({
      assetId: asset,
      state: 'unknown',
      cause: noCause,
      since: null,
      doubt: 'never-seen',
    });
    await bench.commit([[1, sixOClock, 1]]);
    bench.clock.advance(151_000);
    expect(live()?.state).to.include({ state: 'running', doubt: 'none' });
    bench.clock.advance(1);
    expect(live()?.state).to.deep.equal({
      assetId: asset,
      state: 'running',
      cause: noCause,
      since: sixOClock,
      doubt: 'stale',
    });
    await bench.commit([[1, bench.clock.now(), 0, StatusCode.BadNoCommunication]]);
    expect(live()?.state).to.include({ state: 'unknown', since: bench.clock.now(), doubt: 'bad' });
    expect(live('q.line-1')?.state).to.include({ doubt: 'bad', state: 'unknown' });
  });

  it('add up a line, and have none for an asset without KPI', async () => {
    await bench.commit([
      ...minutes(1, sixOClock, sixOClock + hour, 1, 0),
      ...minutes(11, sixOClock, sixOClock + hour, 2, 0),
    ]);
    bench.clock.advance(hour);
    await bench.runner.start();
    expect(live('q.line-1')?.kpi).to.deep.include({
      availability: 0.5,
      method: 'iso22400-2/sum',
      label: '2026-11-23 early',
      shiftId: 'early',
    });
    expect(live('q.line-1')?.state).to.deep.equal({
      assetId: 'q.line-1',
      state: 'running',
      cause: noCause,
      since: sixOClock,
      doubt: 'none',
    });
    await expectSameAsHistory('q.line-1');
    expect(live('q.line-1.meter')).to.equal(undefined);
    expect(live('nowhere')).to.equal(undefined);
    expect(bench.runner.live('other', asset)).to.equal(undefined);
  });

  it('follow the plant when it changes', async () => {
    await bench.commit(minutes(21, sixOClock, sixOClock + hour, 1, 0));
    bench.clock.advance(hour);
    await bench.runner.start();
    const third = 'q.line-1.press-3';
    bench.plant.put(press(third, 21), press(asset, 21, { plannedCycleMs: 2 * minute }));
    bench.plant.changed.emit({ tenantId: 't', assetIds: [third, asset] });
    await bench.until(() => live(third) !== undefined && live() !== undefined);
    await bench.commit([
      [22, bench.clock.now(), 60],
      [21, bench.clock.now(), 1],
    ]);
    bench.clock.advance(1);
    expect(live(third)?.kpi.counts.produced).to.equal(60);
    expect(live()?.kpi).to.include({ plannedRunTime: 120 * minute });
  });

  it('are tried again when history does not answer', async () => {
    await bench.history.stop();
    await bench.runner.start();
    expect(live()).to.equal(undefined);
    await bench.history.start();
    bench.clock.advance(5_000);
    await bench.until(() => live() !== undefined && live('q.line-1') !== undefined);
  });

  it('stop and start again', async () => {
    await bench.runner.start();
    await bench.runner.start();
    await bench.runner.stop();
    await bench.runner.stop();
    expect(live()).to.equal(undefined);
    expect(bench.clock.waiting).to.equal(0);
    await bench.commit(minutes(1, sixOClock, sixOClock + hour, 1, 0));
    bench.clock.advance(hour);
    await bench.runner.start();
    expect(live()?.kpi.counts.produced).to.equal(59);
  });
});
