import { expect } from 'chai';
import fc from 'fast-check';
import { energyIn, type Readings, type Span } from '#cloud/plugins/energy/meter';

const readings = (...rows: readonly (readonly [time: number, value: number])[]): Readings => ({
  times: Float64Array.from(rows, ([time]) => time),
  values: Float64Array.from(rows, ([, value]) => value),
});
const plain = { longestGapMs: 10, rolloverAt: null };

describe('energy plugin: what a meter measured', () => {
  it('shares a short pause across the end of a window out by time', () => {
    expect(energyIn(readings([0, 0], [10, 5], [20, 10]), [{ from: 0, to: 15 }], plain)).to.deep.equal([
      { energy: 7.5, unassigned: 0, coverage: 1, falls: 0 },
    ]);
  });

  it('gives all of a long pause within a window to it, and none of one across its end', () => {
    const found = readings([0, 0], [10, 4], [90, 24], [100, 30]);
    expect(energyIn(found, [{ from: 0, to: 100 }], plain)[0]).to.include({ energy: 30, unassigned: 0, coverage: 1 });
    const [first, second] = energyIn(
      found,
      [
        { from: 0, to: 50 },
        { from: 50, to: 100 },
      ],
      plain,
    );
    expect(first).to.deep.equal({ energy: 4, unassigned: 20, coverage: 0.2, falls: 0 });
    expect(second).to.deep.equal({ energy: 6, unassigned: 20, coverage: 0.2, falls: 0 });
  });

  it('takes a fall for a roll-over only where the meter has a limit and the way over it is the shorter one', () => {
    const window = [{ from: 0, to: 10 }];
    const over = readings([0, 990], [10, 15]);
    expect(energyIn(over, window, { ...plain, rolloverAt: 1000 })[0]).to.include({ energy: 25, falls: 0 });
    expect(energyIn(over, window, plain)[0]).to.deep.equal({ energy: null, unassigned: 0, coverage: 0, falls: 1 });
    const reset = readings([0, 300], [10, 15]);
    expect(energyIn(reset, window, { ...plain, rolloverAt: 1000 })[0]).to.include({ energy: null, falls: 1 });
  });

  it('knows the energy across an exchange once it is noted', () => {
    const found = readings([0, 100], [10, 3]);
    const exchange = { at: 4, oldReading: 102, newReading: 1 };
    const windows = [
      { from: 0, to: 4 },
      { from: 4, to: 10 },
    ];
    const energies = energyIn(found, windows, { ...plain, exchanges: [exchange] });
    expect(energies.map(({ energy, falls }) => [energy, falls])).to.deep.equal([
      [2, 0],
      [2, 0],
    ]);
  });

  it('passes over readings that say nothing, and knows nothing without two', () => {
    expect(energyIn(readings([0, 1], [5, Number.NaN], [10, 3]), [{ from: 0, to: 10 }], plain)[0]).to.include({
      energy: 2,
      coverage: 1,
    });
    expect(energyIn(readings([0, 1]), [{ from: 0, to: 10 }], plain)[0]).to.include({ energy: null, coverage: 0 });
  });

  it('adjoining windows add up to what was metered, wherever they are cut', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 400 })), {
      minLength: 1,
      maxLength: 40,
    });
    const run = fc.record({ start: fc.integer({ min: 0, max: 999 }), steps, cuts: fc.array(fc.nat(400)) });
    fc.assert(
      fc.property(run, ({ start, steps: pairs, cuts }) => {
        const rows: [number, number][] = [[0, start]];
        let total = 0;
        for (const [pauseMs, energy] of pairs) {
          total += energy;
          rows.push([rows.at(-1)![0] + pauseMs, (start + total) % 1000]);
        }
        const end = rows.at(-1)![0];
        const places = [0, ...new Set(cuts.filter((cut) => cut > 0 && cut < end)), end].sort((a, b) => a - b);
        const windows: Span[] = places.slice(1).map((to, index) => ({ from: places[index]!, to }));
        const energies = energyIn(readings(...rows), windows, { longestGapMs: 10, rolloverAt: 1000 });
        expect(energies.reduce((sum, { energy }) => sum + (energy ?? Number.NaN), 0)).to.be.closeTo(total, 1e-6);
        for (const { coverage, unassigned } of energies) {
          expect(coverage).to.be.closeTo(1, 1e-9);
          expect(unassigned).to.equal(0);
        }
      }),
    );
  });
});
