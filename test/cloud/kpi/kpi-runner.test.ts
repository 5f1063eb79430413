import { Problem } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import type { KpiRunner } from '#cloud/kpi/kpi-runner';
import { group, hour, KpiBench, minute, minutes, press, sixOClock } from './plant.ts';

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(Problem);
  return error as Problem;
}

describe('KPI runner: windows from history', () => {
  let bench: KpiBench;
  let ask: (assetId: string, window: Asked['window'], from: number, to: number) => ReturnType<KpiRunner['evaluate']>;
  type Asked = Parameters<KpiRunner['evaluate']>[0];

  before(async () => {
    bench = await KpiBench.open();
    ask = (assetId, window, from, to) => bench.runner.evaluate({ tenantId: 't', assetId, window, from, to });
    const conveyor = press('q.line-1.conveyor', 30);
    const noCounter = { ...conveyor, plannedCycleMs: null, signals: conveyor.signals.slice(0, 1) };
    bench.plant.put(group('q', 'site'), group('q.line-1'), press('q.line-1.press-1', 1), press('q.line-1.press-2', 11));
    bench.plant.put(noCounter, group('q.line-2'), press('q.line-2.meter', 40, { signals: [] }));
    bench.plant.put(press('x.line-3', 1, { calendar: null }), press('x.broken', 1, { calendar: badCalendar }));
    // Press 1: down until 07:00, runs until 09:00; its counter passes 65,536 on the way.
    await bench.commit(minutes(1, sixOClock - 10 * minute, sixOClock + hour, 2, 65_500));
    await bench.commit(minutes(1, sixOClock + hour, sixOClock + 3 * hour, 1, 65_500));
    // Press 2 runs, but nobody hears it from 05:50 to 06:10, and nothing after 07:00.
    await bench.commit(minutes(11, sixOClock - hour, sixOClock - 10 * minute, 1, 10));
    const outage = Array.from({ length: 20 }, (_, i) => sixOClock + (i - 10) * minute);
    await bench.commit(
      outage.flatMap((time) => [11, 12, 13].map((tag) => [tag, time, 0, StatusCode.BadTimeout] as const)),
    );
    await bench.commit(minutes(11, sixOClock + 10 * minute, sixOClock + hour, 1, 80));
    bench.clock.advance(3 * hour);
  });
  after(() => bench.close());

  const badCalendar = { calendarId: 'odd', timeZone: 'Mars/Olympus', shifts: [], holidays: [] };

  it('computes each window with the planned cycle in force at its start', async () => {
    const at = sixOClock + 2 * hour;
    const changes = [{ from: at, plannedCycleMs: 2 * minute }];
    bench.plant.put(press('y.press', 1, { plannedCycleChanges: changes }));
    const paces = (hours: Awaited<ReturnType<typeof ask>>) => hours.map(({ effectiveness }) => effectiveness);
    const [, second, third] = paces(await ask('q.line-1.press-1', 'hour', sixOClock, sixOClock + 3 * hour));
    expect(third).to.be.above(0);
    const changed = paces(await ask('y.press', 'hour', sixOClock, sixOClock + 3 * hour));
    expect(changed.slice(1)).to.deep.equal([second, third! * 2]);
  });

  it('plans nothing for a retired work unit from then on, and leaves its figures of before in the sum', async () => {
    const retiredAt = sixOClock + 90 * minute;
    bench.plant.put(group('z'), press('z.a', 1, { retiredAt }), press('z.b', 11));
    const pbt = async (assetId: string) =>
      (await ask(assetId, 'hour', sixOClock, sixOClock + 3 * hour)).map(({ elements }) => elements.pbt / minute);
    expect(await pbt('z.a')).to.deep.equal([60, 30, 0]);
    expect(await pbt('z')).to.deep.equal([120, 90, 60]);
  });

  it('gives the hours of a press, the open one up to now and none that has not begun', async () => {
    bench.clock.advance(30 * minute);
    const hours = await ask('q.line-1.press-1', 'hour', sixOClock, sixOClock + 8 * hour);
    bench.clock.advance(-30 * minute);
    expect(hours.map(({ label, open }) => [label, open])).to.deep.equal([
      ['2026-11-23 06:00+08:00', false],
      ['2026-11-23 07:00+08:00', false],
      ['2026-11-23 08:00+08:00', false],
      ['2026-11-23 09:00+08:00', true],
    ]);
    expect(hours[0]).to.deep.include({ availability: 0, effectiveness: null, oee: 0, coverage: 1 });
    expect(hours[1]).to.deep.include({
      tenantId: 't',
      assetId: 'q.line-1.press-1',
      window: 'hour',
      method: 'iso22400-2',
    });
    // The counter shows at 07:00 what it showed before: 59 steps in the first hour of running, 60 in the next.
    expect(hours[1]?.counts).to.deep.equal({
      produced: 59,
      good: 54,
      scrap: 5,
      unobserved: 0,
      unplanned: 0,
      resets: 0,
    });
    expect(hours[2]?.counts.produced).to.equal(60);
    expect(hours[1]?.oee).to.be.closeTo((59 / 60) * (54 / 59), 1e-12);
    // Heard of until 08:59, which holds for 2.5 minutes and a second.
    expect(hours[3]?.elements).to.include({ apt: 91_000, unknown: 30 * minute - 91_000, pbt: 30 * minute });
    expect(hours[3]).to.include({ to: sixOClock + 3.5 * hour, from: sixOClock + 3 * hour });
  });

  it('finds the current window also when the clock was set back since the question was put', async () => {
    const asked = sixOClock + 3 * hour;
    bench.clock.advance(-5);
    const current = await ask('q.line-1.press-1', 'shift', asked - 1, asked);
    bench.clock.advance(5);
    expect(current.map(({ label, open, to }) => [label, open, to])).to.deep.equal([
      ['2026-11-23 early', true, asked - 5],
    ]);
  });

  it('loses no piece made while a gateway was silent over the start of a shift, and says they were not observed', async () => {
    const [shift] = await ask('q.line-1.press-2', 'shift', sixOClock, sixOClock + 1);
    // 59 at 05:49 (10 + 49 steps), 80 at 06:10, 129 at 06:59: all since the last good sample count in this shift.
    expect(shift?.counts.produced).to.equal(129 - 59);
    // Of the 21 minutes between, the first is before the outage: the bad samples end what the last good one said.
    expect(shift?.counts.unobserved).to.be.closeTo(21 * (20 / 21), 1e-9);
    expect(shift).to.include({ label: '2026-11-23 early', shiftId: 'early', open: true, to: sixOClock + 3 * hour });
    expect(shift?.elements.unknown).to.equal(10 * minute + 2 * hour - 91_000);
  });

  it('adds up a line from the presses, without the conveyor that counts nothing', async () => {
    const range = [sixOClock, sixOClock + hour] as const;
    const [line] = await ask('q.line-1', 'custom', ...range);
    const [one] = await ask('q.line-1.press-1', 'custom', ...range);
    const [two] = await ask('q.line-1.press-2', 'custom', ...range);
    expect(line).to.include({
      method: 'iso22400-2/sum',
      window: 'custom',
      assetId: 'q.line-1',
      from: range[0],
      to: range[1],
    });
    expect(line?.elements.pbt).to.equal(2 * hour);
    expect(line?.elements.apt).to.equal(one!.elements.apt + two!.elements.apt);
    expect(line?.counts.produced).to.equal(one!.counts.produced + two!.counts.produced);
    expect(line?.availability).to.equal(two!.elements.apt / (2 * hour - two!.elements.unknown));
    expect((await ask('q', 'custom', ...range))[0]?.elements).to.deep.equal(line?.elements);
  });

  it('makes a line from the children it names', async () => {
    bench.plant.put({ ...group('q.line-1'), kpiFrom: ['q.line-1.press-2'] });
    const range = [sixOClock, sixOClock + hour] as const;
    const [line] = await ask('q.line-1', 'custom', ...range);
    const [two] = await ask('q.line-1.press-2', 'custom', ...range);
    bench.plant.put(group('q.line-1'));
    expect([line?.counts, line?.elements, line?.oee]).to.deep.equal([two!.counts, two!.elements, two!.oee]);
  });

  it('leaves breaks out of planned time and splits a day into its shifts', async () => {
    bench.clock.advance(24 * hour);
    const shifts = await ask('q.line-1.press-1', 'shift', sixOClock, sixOClock + 24 * hour);
    const [day] = await ask('q.line-1.press-1', 'day', sixOClock, sixOClock + 1);
    bench.clock.advance(-24 * hour);
    expect(shifts.map(({ label, elements }) => [label, elements.pbt / hour])).to.deep.equal([
      ['2026-11-23 early', 7.5],
      ['2026-11-23 late', 8],
      ['2026-11-23 night', 8],
    ]);
    expect(day?.elements).to.include({ pbt: 23.5 * hour, notPlanned: hour / 2 });
  });

  it('plans around the clock in UTC where there is no calendar, and says so', async () => {
    const [hourly] = await ask('x.line-3', 'hour', sixOClock, sixOClock + 1);
    expect(hourly?.label).to.equal('2026-11-22 22:00 UTC');
    expect(hourly?.elements.pbt).to.equal(hour);
  });

  it('reads a long range in pieces with the same result', async () => {
    const from = sixOClock - 20 * 24 * hour;
    const days = await ask('q.line-1.press-1', 'day', from, sixOClock + 24 * hour);
    expect(days).to.have.length(21);
    expect(days.reduce((sum, day) => sum + day.counts.produced, 0)).to.equal(119);
    expect(days[3]).to.include({ coverage: 0, availability: null, oee: null });
  });

  it('names what it cannot answer', async () => {
    const one = [sixOClock, sixOClock + 1] as const;
    expect(await problemOf(ask('q.line-9', 'hour', ...one))).to.include({ code: 'asset-unknown', status: 404 });
    const foreign = bench.runner.evaluate({ tenantId: 'other', assetId: 'q', window: 'hour', from: 0, to: 1 });
    expect(await problemOf(foreign)).to.include({ code: 'asset-unknown' });
    expect(await problemOf(ask('q.line-2', 'hour', ...one))).to.include({ code: 'kpi-not-defined', status: 422 });
    expect(await problemOf(ask('q', 'hour', 5, 5))).to.include({ code: 'kpi-range-invalid', status: 400 });
    expect(await problemOf(ask('q', 'day', -9e15, -9e15 + 1))).to.include({ code: 'kpi-range-invalid' });
    expect(await problemOf(ask('q', 'day', 0.5, Number.NaN))).to.include({ code: 'kpi-range-invalid' });
    expect((await ask('q', 'day', 0, 1))[0]).to.include({ label: '1970-01-01', coverage: 0, oee: null });
    const tooLong = await problemOf(ask('q', 'hour', 0, sixOClock));
    expect(tooLong).to.include({ code: 'kpi-range-too-long', status: 400 });
    expect(tooLong.advice).to.contain('1000');
    expect(await problemOf(ask('q', 'custom', 0, 32 * 24 * hour))).to.include({ code: 'kpi-range-too-long' });
    const broken = await problemOf(ask('x.broken', 'day', ...one));
    expect(broken).to.include({ code: 'calendar-invalid', status: 422 });
    expect(broken.message).to.match(/calendar odd .*mars\/olympus/i);
    expect(await ask('q', 'hour', sixOClock + 9 * hour, sixOClock + 10 * hour)).to.deep.equal([]);
  });
});
