import { expect } from 'chai';
import fc from 'fast-check';
import { energyIn } from '#cloud/plugins/energy/meter';
import { simulateMeter } from '#cloud/plugins/energy/simulator';

const minute = 60_000;
const hour = 60 * minute;
const longestGapMs = 15 * minute;
const day = { from: 0, to: 24 * hour };
const shifts = [0, 8, 16].map((start) => ({ from: start * hour, to: (start + 8) * hour }));

/** Load that holds for half an hour each, so that no reading hides what happened. */
const loads = fc
  .array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 48, maxLength: 48 })
  .map((powers) => powers.map((kW, place) => ({ from: place * 30 * minute, to: (place + 1) * 30 * minute, kW })));

describe('energy plugin: what a simulated meter has used is found again', () => {
  it('adds up over touching windows to what was used, with roll-over and exchanges that were noted', () => {
    fc.assert(
      fc.property(
        loads,
        fc.integer({ min: 1, max: 14 }),
        fc.option(fc.integer({ min: 300, max: 2_000 }), { nil: undefined }),
        fc.uniqueArray(fc.integer({ min: 1, max: 24 * 60 - 1 }), { maxLength: 3 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 24 * 60 - 1 }), { maxLength: 5 }),
        (load, everyMinutes, rolloverAt, exchanged, cuts) => {
          // The last reading stands at the end of the day.
          const everyMs = [1, 2, 3, 4, 5, 6, 8, 9, 10, 12][everyMinutes % 10]! * minute;
          const meter = simulateMeter({
            ...day,
            everyMs,
            loads: load,
            start: 250,
            ...(rolloverAt === undefined ? {} : { rolloverAt }),
            exchanges: exchanged.map((at) => ({ at: at * minute, newReading: 7 })),
          });
          const ends = [0, ...cuts.toSorted((a, b) => a - b), 24 * 60].map((at) => at * minute);
          const windows = ends.slice(1).map((to, place) => ({ from: ends[place]!, to }));
          const measured = energyIn(meter.readings, windows, {
            longestGapMs,
            rolloverAt: rolloverAt ?? null,
            exchanges: meter.exchanges,
          });
          const total = measured.reduce((sum, { energy }) => sum + (energy ?? 0), 0);
          expect(total).to.be.closeTo(meter.usedIn(day), 1e-6);
          for (const { unassigned, falls, coverage } of measured) {
            expect([unassigned, falls]).to.deep.equal([0, 0]);
            expect(coverage).to.be.closeTo(1, 1e-9);
          }
        },
      ),
    );
  });

  it('gives each shift what was used in it when its ends are read', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const meter = simulateMeter({ ...day, everyMs: 10 * minute, loads: load, start: 0 });
        const measured = energyIn(meter.readings, shifts, { longestGapMs, rolloverAt: null });
        for (const [place, shift] of shifts.entries())
          expect(measured[place]!.energy).to.be.closeTo(meter.usedIn(shift), 1e-6);
      }),
    );
  });
});
