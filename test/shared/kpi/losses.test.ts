import { coarseStates } from '@gongfu/shared/kpi/coarse-states';
import { type Loss, type LossAccount, type LossUnit, lossAccount } from '@gongfu/shared/kpi/losses';
import { StateMapping } from '@gongfu/shared/kpi/state-mapping';
import { StateTimeline, statesByPlan } from '@gongfu/shared/kpi/time-model';
import { evaluateWorkUnit } from '@gongfu/shared/kpi/work-unit-kpi';
import { type MachineState, machineStates } from '@gongfu/shared/model/machine-state';
import { expect } from 'chai';
import fc from 'fast-check';

const lengthMs = 60;
const planned = [
  [0, 40],
  [45, lengthMs],
] as const;
const cause = (state: MachineState) => ({ zh: `因${state}`, en: `why ${state}` });
const mapping = new StateMapping({
  stateMappingId: 'm',
  version: '1',
  states: machineStates.map((state, value) => ({ value, state, cause: cause(state) })),
});

/** A unit whose state at each ms is given; it has made `made` pieces of which `scrap` were bad. */
function unitOf(assetId: string, counts: boolean, course: readonly MachineState[], made = 0, scrap = 0): LossUnit {
  const states = new StateTimeline({ mapping, holdMs: 10_000 });
  for (const [time, state] of course.entries()) states.add(time, 0, machineStates.indexOf(state));
  const delta = (pieces: number) => ({ deltas: pieces === 0 ? [] : [{ from: 1, to: 2, pieces, resets: 0 }] });
  const kpi = evaluateWorkUnit({
    from: 0,
    to: lengthMs,
    planned,
    mappingVersion: '1',
    states,
    counters: [
      { role: 'total-count', timeline: delta(made) },
      { role: 'scrap-count', timeline: delta(scrap) },
    ],
    plannedCycleMs: 2,
  });
  const byPlan = statesByPlan(states.intervals(0, lengthMs), planned);
  return { assetId, counts, plannedCycleMs: 2, states: byPlan, kpi };
}

const isPlanned = (time: number): boolean => planned.some(([from, to]) => from <= time && time < to);
const course = fc
  .array(fc.tuple(fc.constantFrom(...machineStates), fc.integer({ min: 1, max: 15 })), { minLength: 1 })
  .map((runs) => {
    const states = runs.flatMap(([state, ms]) => new Array<MachineState>(ms).fill(state));
    return Array.from({ length: lengthMs }, (_, time) => states[time] ?? 'running');
  });

/** The rule told moment by moment: who is to blame for what a unit that counts loses at this ms. */
function blameAt(time: number, own: readonly MachineState[], serving: ReadonlyMap<string, readonly MachineState[]>) {
  const state = own[time]!;
  if (state !== 'starved' && state !== 'blocked') return undefined;
  const standing = [...serving].flatMap(([assetId, states]) => {
    const what = states[time]!;
    if (what !== 'down' && what !== 'setup') return [];
    let from = time;
    while (from > 0 && states[from - 1] === what) from -= 1;
    // A stop begins with its first planned moment.
    while (!isPlanned(from)) from += 1;
    return [{ assetId, what, from }];
  });
  return standing.sort((a, b) => a.from - b.from)[0];
}

const sumOf = (account: LossAccount, pick: (loss: Loss) => number): number =>
  account.losses.reduce((sum, loss) => sum + pick(loss), 0);

describe('kpi: losses', () => {
  it('books every planned moment of the units that count, once, where its reason lies', () => {
    fc.assert(
      fc.property(course, course, course, course, (first, second, feeder, carrier) => {
        const serving = new Map([
          ['feeder', feeder],
          ['carrier', carrier],
        ]);
        const account = lossAccount([
          unitOf('first', true, first),
          unitOf('second', true, second),
          unitOf('feeder', false, feeder),
          unitOf('carrier', false, carrier),
        ]);
        const expected = new Map<string, number>();
        const counting = { first, second };
        for (const [assetId, states] of Object.entries(counting)) {
          for (let time = 0; time < lengthMs; time += 1) {
            const state = states[time]!;
            if (!isPlanned(time) || state === 'running' || state === 'planned-stop') continue;
            const blame = blameAt(time, states, serving);
            const key = blame === undefined ? `${assetId} ${state}` : `${blame.assetId} ${blame.what}`;
            expected.set(key, (expected.get(key) ?? 0) + 1);
          }
        }
        // Two that began in the same moment may share the blame either way.
        const total = [...expected.values()].reduce((a, b) => a + b, 0);
        const found = account.losses.filter(({ element }) => element !== 'speed');
        expect(found.reduce((sum, { ms }) => sum + ms, 0)).to.equal(total);
        const own = (key: string) => /^(first|second)/.test(key);
        expect(
          Object.fromEntries(
            found.flatMap(({ assetId, state, ms }) => {
              const key = `${assetId} ${state}`;
              return own(key) ? [[key, ms]] : [];
            }),
          ),
        ).to.deep.equal(Object.fromEntries([...expected].filter(([key]) => own(key))));
      }),
    );
  });

  it('adds up to what OEE lacks: planned time less the planned run time of the good pieces', () => {
    fc.assert(
      fc.property(course, course, fc.nat(40), fc.nat(40), (states, feeder, made, bad) => {
        const unit = unitOf('press', true, states, made, Math.min(made, bad));
        const account = lossAccount([unit, unitOf('feeder', false, feeder)]);
        expect(sumOf(account, ({ ms }) => ms)).to.be.closeTo(account.lostMs, 1e-9);
        expect(account.plannedMs).to.equal(unit.kpi.elements.pbt);
        expect(sumOf(account, ({ pieces }) => pieces!)).to.be.closeTo(account.lostPieces!, 1e-9);
        const { oee, elements } = unit.kpi;
        if (oee === null || elements.unknown > 0) return;
        expect(account.goodMs).to.be.closeTo(oee * elements.pbt, 1e-9);
      }),
    );
  });

  it('names a stop once, whatever break lies in it, and for whom it waits', () => {
    const run = (state: MachineState, ms: number): MachineState[] => new Array<MachineState>(ms).fill(state);
    const feeder = [...run('running', 20), ...run('down', 35), ...run('running', 5)];
    const press = [...run('running', 22), ...run('starved', 35), ...run('running', 3)];
    const { losses, stops } = lossAccount([unitOf('press', true, press), unitOf('feeder', false, feeder)]);
    expect(stops).to.deep.equal([
      {
        assetId: 'feeder',
        state: 'down',
        cause: cause('down'),
        element: 'adet',
        from: 20,
        to: 55,
        ms: 30,
        waitsFor: null,
      },
      {
        assetId: 'press',
        state: 'starved',
        cause: cause('starved'),
        element: 'adot',
        from: 22,
        to: 57,
        ms: 30,
        waitsFor: 'feeder',
      },
    ]);
    const shown = losses.filter(({ state }) => state !== null);
    expect(
      shown.map(({ assetId, ms, waitingMs, pieces, times, longest }) => [
        assetId,
        ms,
        waitingMs,
        pieces,
        times,
        longest,
      ]),
    ).to.deep.equal([
      ['feeder', 28, 28, 14, 1, { from: 20, to: 55 }],
      ['press', 2, 0, 1, 1, { from: 22, to: 57 }],
    ]);
  });
});

describe('kpi: states for a picture', () => {
  it('keep long states exact, leave no hole, and stand for every state once', () => {
    fc.assert(
      fc.property(course, fc.integer({ min: 1, max: 20 }), (states, resolutionMs) => {
        const exact = unitOf('press', true, states).states;
        const coarse = coarseStates(exact, resolutionMs);
        expect(coarse.reduce((sum, { gathered }) => sum + gathered, 0)).to.equal(exact.length);
        let end = 0;
        for (const { from, to } of coarse) {
          expect(from).to.equal(end);
          end = to;
        }
        expect(end).to.equal(lengthMs);
        const long = exact
          .filter(({ from, to }) => to - from >= resolutionMs)
          .map((state) => ({ ...state, gathered: 1 }));
        expect(coarse).to.deep.include.members(long);
      }),
    );
  });

  it('are the exact ones without a resolution', () => {
    const { states } = unitOf('press', true, ['running', 'down', 'running']);
    expect(coarseStates(states, 0)).to.deep.equal(states.map((state) => ({ ...state, gathered: 1 })));
  });
});
