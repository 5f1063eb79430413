import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import fc from 'fast-check';
import { oneTag, Plant } from './plant.ts';

const noLine = StatusCode.BadNoCommunication;
const uncertain = 0x40940000;

describe('derived tags as their inputs come', () => {
  let plant: Plant | undefined;

  afterEach(async () => {
    await plant?.stop();
    plant = undefined;
  });

  async function running(expression: string, type = 'float64', more = ''): Promise<Plant> {
    plant = await Plant.of(expression, type, more).start();
    return plant;
  }

  it('have no value before every input has one, and the time of the newest input', async () => {
    const { rows, write } = bound(await running('a.x + a.y'));
    write({ x: 1 }, 100);
    expect(await rows()).to.deep.equal([]);
    write({ y: 2 }, 90);
    expect(await rows()).to.deep.equal([[100, 3, 0]]);
    write({ y: 5 }, 250);
    expect(await rows()).to.deep.equal([
      [100, 3, 0],
      [250, 6, 0],
    ]);
  });

  it('let values of one time meet, in whatever order they are written', async () => {
    const { rows, write } = bound(await running('a.x - a.y'));
    for (let time = 1; time <= 3; time += 1) write({ x: 10 * time }, time);
    for (let time = 1; time <= 3; time += 1) write({ y: 10 * time - 1 }, time);
    // Always 1: no x meets the y of another time. What has not changed is not written again.
    expect(await rows()).to.deep.equal([[1, 1, 0]]);
    write({ y: 40 }, 5);
    write({ x: 60 }, 4);
    expect((await rows()).slice(1)).to.deep.equal([
      [4, 31, 0],
      [5, 20, 0],
    ]);
  });

  it('take an older sample of one input as of the newest of the others, and one out of the past not at all', async () => {
    const { rows, write } = bound(await running('a.x + a.y'));
    write({ x: 1, y: 1 }, 1_000);
    write({ y: 2 }, 2_000);
    await rows();
    for (let time = 1_100; time <= 1_900; time += 100) write({ x: time }, time);
    write({ x: 7 }, 1_050);
    expect(await rows()).to.deep.equal([
      [1_000, 2, 0],
      [2_000, 3, 0],
      [2_000, 1_902, 0],
    ]);
  });

  it('are as bad as a bad input, as uncertain as an uncertain one, and good again after it', async () => {
    const { rows, write } = bound(await running('a.x + a.y'));
    write({ x: 1, y: 1 }, 1);
    await rows();
    write({ x: null }, 2, noLine);
    write({ y: 2 }, 3, uncertain);
    await rows();
    write({ x: 3 }, 4);
    await rows();
    write({ y: 2 }, 5);
    expect(await rows()).to.deep.equal([
      [1, 2, 0],
      [2, null, noLine],
      [4, 5, uncertain],
      [5, 5, 0],
    ]);
    expect(plant!.health()).to.include({ state: 'connected', detail: '' });
  });

  it('need only the inputs on the way to the value', async () => {
    const { rows, write } = bound(await running('good(a.x) ? a.x : -a.y'));
    write({ x: 1, y: 7 }, 1);
    await rows();
    write({ x: null }, 2, noLine);
    await rows();
    write({ y: null }, 3, noLine);
    await rows();
    write({ x: 4 }, 4, uncertain);
    await rows();
    write({ x: 5 }, 5);
    expect(await rows()).to.deep.equal([
      [1, 1, 0],
      [2, -7, 0],
      [3, null, noLine],
      [5, 5, 0],
    ]);
  });

  it('see an input as its range has judged it, and are judged by their own', async () => {
    const { rows, write } = bound(await running('a.small * 2'));
    write({ small: 4 }, 1);
    await rows();
    write({ small: 11 }, 2);
    expect(await rows()).to.deep.equal([
      [1, 8, 0],
      [2, null, (StatusCode.BadOutOfRange | 0x600) >>> 0],
    ]);
    await plant!.stop();
    const chain = `
  - name: d
    driver: derived
    tags:
      - { name: v, type: float64, expression: limited + 1 }
      - { name: limited, type: float64, expression: a.x * 10, range: { max: 50, outside: clamp } }
`;
    plant = await new Plant(chain).start();
    plant.write({ x: 9 }, 1);
    expect(await plant.rows()).to.deep.equal([[1, 51, StatusCode.UncertainEngineeringUnitsExceeded | 0x600]]);
  });

  it('restate what has not changed while the source of the input lives, and nothing of a dead one', async () => {
    const { rows, write } = bound(await running('a.x', 'float64', 'heartbeat: 5s,'));
    write({ x: 1 }, 1_000);
    await rows();
    for (let time = 2_000; time <= 13_000; time += 1_000) {
      plant!.alive(time);
      await plant!.clock.advance(10);
    }
    const stated = await rows();
    expect(stated.map(([, value]) => value)).to.deep.equal(stated.map(() => 1));
    expect(stated.map(([time]) => time)).to.deep.equal([1_000, 6_000, 11_000]);
    write({ x: null }, 14_000, noLine);
    for (let time = 15_000; time <= 40_000; time += 1_000) {
      plant!.alive(time);
      await plant!.clock.advance(10);
    }
    expect((await rows()).slice(3)).to.deep.equal([[14_000, null, noLine]]);
  });

  it('become uncertain when an input falls silent, as of that moment, and bad when none ever came', async () => {
    const { rows, write } = bound(await running('a.x', 'float64', 'staleAfter: 5s,'));
    write({ x: 1 }, 1_000);
    await rows();
    await plant!.clock.advance(20_000);
    const [, stale, ...more] = await rows();
    expect(more).to.deep.equal([]);
    expect(stale!.slice(1)).to.deep.equal([1, StatusCode.UncertainLastUsableValue]);
    expect(stale![0]).to.be.within(6_000, 7_100);
    write({ x: 1 }, 30_000);
    expect((await rows()).at(-1)).to.deep.equal([30_000, 1, 0]);
    await plant!.stop();
    const waiting = bound(await running('a.x', 'float64', 'staleAfter: 5s,'));
    const begun = plant!.clock.now();
    await plant!.clock.advance(20_000);
    const given = await waiting.rows();
    expect(given.map(([, ...row]) => row)).to.deep.equal([[null, StatusCode.BadWaitingForInitialData]]);
    expect(given[0]![0] - begun).to.be.within(5_000, 7_100);
  });

  it('count a rate from sample to sample, exact for counters of 64 bits; a living source without change is a rate of 0', async () => {
    const { rows, write } = bound(await running('rate(a.count)'));
    const start = 2n ** 64n - 1_000n;
    write({ count: start }, 1_000);
    expect(await rows()).to.deep.equal([]);
    write({ count: start + 10n }, 3_000);
    await rows();
    plant!.alive(4_000);
    await rows();
    write({ count: null }, 5_000, noLine);
    await rows();
    write({ count: start + 40n }, 6_000);
    await rows();
    write({ count: start + 30n }, 8_000);
    expect(await rows()).to.deep.equal([
      [3_000, 5, 0],
      [4_000, 0, 0],
      [5_000, null, noLine],
      [6_000, 15, 0],
      [8_000, -5, 0],
    ]);
  });

  it('remember the value before, and where a hysteresis stands', async () => {
    const { rows, write } = bound(await running('a.on && !previous(a.on)', 'bool'));
    for (const [time, on] of [false, true, true, false, true].entries()) {
      write({ on }, time + 1);
      await rows();
    }
    expect((await rows()).map(([time, value]) => [time, value])).to.deep.equal([
      [1, false],
      [2, true],
      [3, false],
      [5, true],
    ]);
    await plant!.stop();
    const level = bound(await running('hysteresis(a.x, 20, 80)', 'bool'));
    for (const [time, x] of [50, 80, 30, 20, 79].entries()) {
      level.write({ x }, time + 1);
      await level.rows();
    }
    expect((await level.rows()).map(([time, value]) => [time, value])).to.deep.equal([
      [1, false],
      [2, true],
      [4, false],
    ]);
  });

  it('are stated at their interval when told so, once each time, bad before there is an input', async () => {
    const { rows, write } = bound(await running('a.x * 2', 'float64', 'on: interval, interval: 1s,'));
    const begun = plant!.clock.now();
    await plant!.clock.advance(1_500);
    const before = await rows();
    expect(before.map(([, ...row]) => row)).to.deep.equal(
      before.map(() => [null, StatusCode.BadWaitingForInitialData]),
    );
    expect(before.length).to.be.within(1, 2);
    write({ x: 1 }, begun + 1_510);
    write({ x: 2 }, begun + 1_520);
    await plant!.clock.advance(3_000);
    const after = (await rows()).slice(before.length);
    expect(after.map(([, ...row]) => row)).to.deep.equal(after.map(() => [4, 0]));
    expect(after).to.have.length(3);
    for (const [place, [time]] of after.entries()) if (place > 0) expect(time - after[place - 1]![0]).to.equal(1_000);
  });

  it('go on over sources that are configured anew, without a value of the time between', async () => {
    const { rows, write } = bound(await running('a.x + a.y'));
    write({ x: 1, y: 1 }, 1);
    await rows();
    await plant!.change('interval: 1s', 'interval: 2s');
    write({ x: 5 }, 2);
    await rows();
    write({ y: 5 }, 3);
    expect(await rows()).to.deep.equal([
      [1, 2, 0],
      [2, 6, 0],
      [3, 10, 0],
    ]);
    await plant!.change('a.x + a.y', 'a.x - a.y');
    write({ x: 8 }, 4);
    expect((await rows()).slice(3)).to.deep.equal([
      [3, 0, 0],
      [4, 3, 0],
    ]);
  });

  it('are at any time what the newest inputs up to then give, whatever comes when', async function () {
    this.timeout(60_000);
    const sample = fc.record({
      input: fc.constantFrom('x', 'y'),
      time: fc.integer({ min: 1, max: 30 }),
      value: fc.integer({ min: 0, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(sample, { maxLength: 8 }), { maxLength: 6 }), async (bursts) => {
        const one = await new Plant(oneTag('a.x * 100 + a.y', 'float64', '')).start();
        const newest = new Map<string, { time: number; value: number }>();
        let written = 0;
        for (const burst of bursts) {
          const seen: { input: string; time: number; value: number }[] = [];
          for (const each of burst) {
            one.write({ [each.input]: each.value }, each.time);
            seen.push(each);
          }
          const rows = await one.rows();
          // Independent of how it is done: at every moment, the newest sample of each input not after it.
          const at = (input: string, time: number): number | undefined => {
            const before = newest.get(input);
            const known = seen.filter((each) => each.input === input && each.time <= time);
            const latest = known.reduce<{ time: number; value: number } | undefined>(
              (best, each) => (best === undefined || each.time >= best.time ? each : best),
              before,
            );
            return latest?.value;
          };
          for (const [time, value] of rows.slice(written)) {
            expect(value).to.equal(at('x', time)! * 100 + at('y', time)!);
          }
          written = rows.length;
          for (const each of seen) {
            const known = newest.get(each.input);
            if (known === undefined || each.time >= known.time) newest.set(each.input, each);
          }
          const [x, y] = [newest.get('x'), newest.get('y')];
          if (x === undefined || y === undefined) expect(rows).to.deep.equal([]);
          else expect(rows.at(-1)!.slice(0, 2)[1]).to.equal(x.value * 100 + y.value);
        }
        const times = (await one.rows()).map(([time]) => time);
        expect(times).to.deep.equal([...times].sort((a, b) => a - b));
        await one.stop();
      }),
      { numRuns: 200 },
    );
  });
});

function bound(plant: Plant): Pick<Plant, 'rows' | 'write'> {
  return { rows: (path) => plant.rows(path), write: (...what) => plant.write(...what) };
}
