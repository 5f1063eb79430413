import { type CountDelta, CounterTimeline, countProducts } from '@gongfu/shared/kpi/counts';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import fc from 'fast-check';

function counted(rolloverAt: number | null, ...values: (number | bigint | null)[]): CountDelta[] {
  const counter = new CounterTimeline({ rolloverAt });
  for (const [i, value] of values.entries())
    counter.add(i * 10, value === null ? StatusCode.BadTimeout : 0, value ?? 0);
  return [...counter.deltas];
}

describe('counts: steps of a counter', () => {
  it('count from the first sample on, over bad ones', () => {
    expect(counted(null, 100, null, 103, 103, 104)).to.deep.equal([
      { from: 0, to: 20, pieces: 3, resets: 0 },
      { from: 30, to: 40, pieces: 1, resets: 0 },
    ]);
  });

  it('go over the limit of the counter', () => {
    expect(counted(65_536, 65_530, 4)).to.deep.equal([{ from: 0, to: 10, pieces: 10, resets: 0 }]);
    expect(counted(100, 99, 0)).to.deep.equal([{ from: 0, to: 10, pieces: 1, resets: 0 }]);
  });

  it('start again when the value drops without a limit, or far from it', () => {
    expect(counted(null, 500, 3)).to.deep.equal([{ from: 0, to: 10, pieces: 3, resets: 1 }]);
    expect(counted(65_536, 500, 3)).to.deep.equal([{ from: 0, to: 10, pieces: 3, resets: 1 }]);
    expect(counted(65_536, 500, 0)).to.deep.equal([{ from: 0, to: 10, pieces: 0, resets: 1 }]);
  });

  it('are exact beyond 2^53 and over the limit of 64 bits', () => {
    const high = 2n ** 63n + 5n;
    expect(counted(null, high, high + 7n)[0]?.pieces).to.equal(7);
    expect(counted(2 ** 64, 2n ** 64n - 3n, 4n)[0]?.pieces).to.equal(7);
  });

  it('refuse a sample older than the newest', () => {
    const counter = new CounterTimeline({ rolloverAt: null });
    expect([counter.add(10, 0, 1), counter.add(9, 0, 0), counter.add(10, 0, 2)]).to.deep.equal([true, false, true]);
    expect(counter.deltas).to.deep.equal([{ from: 10, to: 10, pieces: 1, resets: 0 }]);
  });

  it('find every piece of a machine through roll-overs and restarts, whatever is polled', () => {
    const actions = fc.array(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant('restart' as const)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(actions, fc.integer({ min: 0, max: 255 }), (steps, first) => {
        const counter = new CounterTimeline({ rolloverAt: 256 });
        let value = first;
        let made = 0;
        let restarts = 0;
        counter.add(0, 0, value);
        for (const [i, step] of steps.entries()) {
          // A restart near the limit cannot be told from a roll-over; a machine that is restarted is kept away from it here.
          if (step === 'restart' && value > 0 && value < 128) {
            value = 0;
            restarts += 1;
          } else if (step !== 'restart') {
            value = (value + step) % 256;
            made += step;
          }
          counter.add(i + 1, 0, value);
        }
        expect(counter.deltas.reduce((sum, { pieces }) => sum + pieces, 0)).to.equal(made);
        expect(counter.deltas.reduce((sum, { resets }) => sum + resets, 0)).to.equal(restarts);
      }),
    );
  });
});

describe('counts: products of a window', () => {
  const delta = (from: number, to: number, pieces: number, resets = 0): CountDelta => ({ from, to, pieces, resets });
  const window = { from: 100, to: 200, excluded: { stopped: [], unobserved: [], unplanned: [] } };

  it('belong to the window in which they were first seen', () => {
    const deltas = [delta(80, 99, 1), delta(99, 100, 2), delta(100, 199, 4), delta(199, 200, 8)];
    expect(countProducts({ ...window, counters: [{ role: 'total-count', deltas }] })?.produced).to.equal(6);
  });

  it('are completed from the two counters there are', () => {
    const total = { role: 'total-count' as const, deltas: [delta(100, 150, 10, 1)] };
    const good = { role: 'good-count' as const, deltas: [delta(100, 150, 9, 1)] };
    const scrap = { role: 'scrap-count' as const, deltas: [delta(100, 150, 1)] };
    const numbers = { produced: 10, good: 9, scrap: 1, unobserved: 0, unplanned: 0 };
    expect(countProducts({ ...window, counters: [total, good] })).to.deep.equal({ ...numbers, resets: 2 });
    expect(countProducts({ ...window, counters: [total, scrap] })).to.deep.equal({ ...numbers, resets: 1 });
    expect(countProducts({ ...window, counters: [good, scrap] })).to.deep.equal({ ...numbers, resets: 1 });
    expect(countProducts({ ...window, counters: [total] })).to.include({ produced: 10, good: 10, scrap: 0 });
    expect(countProducts({ ...window, counters: [good, good] })).to.include({ produced: 18, good: 18, scrap: 0 });
    expect(countProducts({ ...window, counters: [scrap] })).to.equal(undefined);
    expect(countProducts({ ...window, counters: [] })).to.equal(undefined);
  });

  it('share out what was made while the state was not observed or nothing was planned', () => {
    const counters = [
      {
        role: 'total-count' as const,
        deltas: [delta(100, 140, 7), delta(150, 160, 5), delta(170, 170, 1), delta(180, 190, 6)],
      },
    ];
    const counts = countProducts({
      ...window,
      counters,
      excluded: {
        unobserved: [
          [90, 110],
          [120, 130],
          [165, 175],
        ],
        unplanned: [[155, 160]],
        stopped: [
          [130, 135],
          [180, 200],
        ],
      },
    });
    expect(counts).to.include({ produced: 19, unobserved: 4 + 1, unplanned: 2.5 + 6 });
  });

  it('keep no step of a machine that runs for days while nothing is planned or observed', () => {
    const counter = new CounterTimeline({ rolloverAt: null });
    for (let time = 0; time <= 1_000; time += 1) counter.add(time, 0, time);
    counter.compact(0, 1_001, { stopped: [[550, 600]], unplanned: [[100, 500]], unobserved: [[700, 2_000]] });
    const joined = [
      [0, 100],
      [100, 500],
      [500, 550],
      [550, 600],
      [600, 700],
      [700, 1_000],
    ].map(([from = 0, to = 0]) => delta(from, to, to - from));
    expect(counter.deltas).to.deep.equal(joined);
  });

  it('are the same after joining deltas nobody needs apart', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 5 })), { maxLength: 80 });
    const holes = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { maxLength: 8 }).map((bounds) => {
      const sorted = bounds.sort((a, b) => a - b);
      return sorted.flatMap((bound, i) => (i % 2 === 1 ? [[sorted[i - 1]!, bound] as const] : []));
    });
    fc.assert(
      fc.property(steps, holes, fc.integer({ min: 0, max: 400 }), (samples, times, settledTo) => {
        const excluded = {
          unobserved: times.filter((_, i) => i % 3 === 0),
          unplanned: times.filter((_, i) => i % 3 === 1),
          stopped: times.filter((_, i) => i % 3 === 2),
        };
        const counter = new CounterTimeline({ rolloverAt: null });
        let time = 0;
        let value = 0;
        for (const [wait, made] of samples) {
          time += wait;
          value += made;
          counter.add(time, 0, value);
        }
        const products = () =>
          countProducts({ from: 30, to: 500, excluded, counters: [{ role: 'total-count', deltas: counter.deltas }] });
        const before = products()!;
        const length = counter.deltas.length;
        counter.compact(30, settledTo, excluded);
        expect(counter.deltas.length).to.be.at.most(length);
        expect(products()!.produced).to.equal(before.produced);
        expect(products()!.unobserved).to.be.closeTo(before.unobserved, 1e-9);
        expect(products()!.unplanned).to.be.closeTo(before.unplanned, 1e-9);
      }),
    );
  });
});
