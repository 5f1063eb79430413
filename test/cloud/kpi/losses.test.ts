import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { group, hour, jam, KpiBench, minute, minutes, press, sixOClock } from './plant.ts';

const line = 'q.line-1';
const [feeder, last] = [`${line}.feeder`, `${line}.last`];

describe('losses of an asset', () => {
  let bench: KpiBench;
  const ask = (assetId: string, more: object = {}) => bench.runner.losses({ tenantId: 't', assetId, ...more });

  before(async () => {
    bench = await KpiBench.open();
    bench.plant.put(group('q', 'site'), { ...group(line), kpiFrom: [last] }, press(feeder, 1), press(last, 11));
    // The feeder stands for an hour; the last machine runs on for ten minutes and then has nothing to do.
    await bench.commit(minutes(1, sixOClock, sixOClock + hour, 1, 100));
    await bench.commit(minutes(1, sixOClock + hour, sixOClock + 2 * hour, 2, 160));
    await bench.commit(minutes(1, sixOClock + 2 * hour, sixOClock + 4 * hour, 1, 160));
    const running = [sixOClock, sixOClock + 70 * minute, sixOClock + 130 * minute, sixOClock + 4 * hour] as const;
    await bench.commit(minutes(11, running[0], running[1], 1, 500));
    await bench.commit(minutes(11, running[1], running[2], 4, 570));
    await bench.commit(minutes(11, running[2], running[3], 1, 570));
    bench.clock.advance(4 * hour);
  });
  after(() => bench.close());

  it('of a line lie where the reason lies, and add up to what its KPI lacks', async () => {
    const account = await ask(line);
    expect(account).to.include({ from: sixOClock, to: sixOClock + 4 * hour, plannedMs: 4 * hour });
    const { assetId, element, cause, ms, waitingMs, pieces, times } = account.losses[0]!;
    expect({ assetId, element, cause, ms, waitingMs, pieces, times }).to.deep.equal({
      assetId: feeder,
      element: 'adet',
      cause: jam,
      ms: 50 * minute,
      waitingMs: 50 * minute,
      pieces: 50,
      times: 1,
    });
    expect(account.losses[0]!.longest).to.deep.equal({ from: sixOClock + hour, to: sixOClock + 2 * hour });
    const [kpi] = await bench.runner.evaluate({
      tenantId: 't',
      assetId: line,
      window: 'custom',
      from: account.from,
      to: account.to,
    });
    expect(account.lostMs).to.be.closeTo(kpi!.elements.pbt * (1 - kpi!.oee!), 1);
    expect(account.losses.reduce((sum, loss) => sum + loss.ms, 0)).to.be.closeTo(account.lostMs, 1e-6);
    expect(account.stops.map((stop) => [stop.assetId, stop.ms, stop.waitsFor])).to.deep.equal([
      [feeder, hour, null],
      [last, hour, feeder],
    ]);
  });

  it('of a site are those of its lines; of one machine its own, with what made it wait', async () => {
    const [site, machine, serving] = [await ask('q'), await ask(last), await ask(feeder)];
    expect(site.losses).to.deep.equal((await ask(line)).losses);
    expect(machine.losses[0]).to.include({ assetId: feeder, ms: 50 * minute });
    expect(machine.stops.map(({ assetId }) => assetId)).to.deep.equal([last]);
    expect(serving.losses[0]).to.include({ assetId: feeder, ms: hour, waitingMs: 0 });
  });

  it('do not name a machine that whoever asks may not see', async () => {
    const { losses } = await ask(last, { sees: (assetId: string) => assetId === last });
    expect(new Set(losses.map(({ assetId }) => assetId))).to.deep.equal(new Set([last]));
    expect(losses[0]).to.include({ element: 'adot', ms: hour });
  });

  it('have their windows from the calendar, whole, the open one marked', () => {
    const windows = bench.runner.windows({
      tenantId: 't',
      assetId: line,
      window: 'shift',
      from: sixOClock - hour,
      to: bench.clock.now(),
    });
    expect(windows.map(({ shiftId, from, to, open }) => [shiftId, from, to, open])).to.deep.equal([
      ['night', sixOClock - 8 * hour, sixOClock, false],
      ['early', sixOClock, sixOClock + 8 * hour, true],
    ]);
  });

  it('name what they cannot answer, and are empty for what lies ahead', async () => {
    const codeOf = (assetId: string, more: object = {}): Promise<string> =>
      ask(assetId, more).then(
        () => 'answered',
        (problem: Problem) => problem.code,
      );
    expect(await codeOf('q.line-9')).to.equal('asset-unknown');
    expect(await codeOf(line, { from: sixOClock - 40 * 24 * hour, to: sixOClock })).to.equal('kpi-range-too-long');
    bench.plant.put(group('q.line-2'));
    expect(await codeOf('q.line-2')).to.equal('kpi-not-defined');
    const ahead = await ask(line, { from: sixOClock + 20 * hour });
    expect(ahead).to.include({ plannedMs: 0, lostMs: 0 });
    expect(ahead.stops).to.deep.equal([]);
  });
});
