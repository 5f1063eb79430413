import { type CounterRole, CounterTimeline } from '@gongfu/shared/kpi/counts';
import { oee } from '@gongfu/shared/kpi/formulas/oee';
import { addUp } from '@gongfu/shared/kpi/group-kpi';
import type { Interval } from '@gongfu/shared/kpi/interval';
import { addColumns } from '@gongfu/shared/kpi/sample-columns';
import { StateMapping } from '@gongfu/shared/kpi/state-mapping';
import { StateTimeline } from '@gongfu/shared/kpi/time-model';
import { evaluateWorkUnit } from '@gongfu/shared/kpi/work-unit-kpi';
import { expect } from 'chai';
import fc from 'fast-check';
import { elementsByMs, mapping, plannedTimes, type StateSample, shareOf, stateAt, stateSamples } from './oracle.ts';

const minute = 60_000;

interface Plan {
  readonly states: readonly (readonly [time: number, value: number])[];
  readonly counts: Partial<Record<CounterRole, readonly (readonly [time: number, value: number])[]>>;
  readonly holdMs?: number;
}

function timelines({ states, counts, holdMs }: Plan) {
  const timeline = new StateTimeline({ mapping: new StateMapping(mapping), holdMs: holdMs ?? 1e9 });
  addColumns(timeline, columnsOf(states));
  const counters = Object.entries(counts).map(([role, rows]) => {
    const counter = new CounterTimeline({ rolloverAt: null });
    addColumns(counter, columnsOf(rows));
    return { role: role as CounterRole, timeline: counter };
  });
  return { states: timeline, counters, mappingVersion: 'v1' };
}

function columnsOf(rows: readonly (readonly [number, number])[]) {
  return {
    sourceTimes: rows.map(([time]) => time),
    statuses: rows.map(() => 0),
    values: rows.map(([, value]) => value),
  };
}

describe('KPI of a work unit: published examples', () => {
  it('420 min planned, 373 min run, cycle 1 s, 19,271 made, 423 rejected: OEE 0.7479365', () => {
    const kpi = evaluateWorkUnit({
      from: 0,
      to: 480 * minute,
      planned: [
        [0, 200 * minute],
        [260 * minute, 480 * minute],
      ],
      plannedCycleMs: 1_000,
      ...timelines({
        states: [
          [0, 1],
          [200 * minute, 4],
          [260 * minute, 1],
          [433 * minute, 3],
        ],
        counts: {
          'total-count': [
            [0, 5],
            [200 * minute, 5 + 10_000],
            [260 * minute, 5 + 10_000],
            [479 * minute, 5 + 19_271],
          ],
          'scrap-count': [
            [0, 0],
            [479 * minute, 423],
          ],
        },
      }),
    });
    expect(kpi.elements).to.deep.include({ pbt: 420 * minute, apt: 373 * minute, adet: 47 * minute });
    expect(kpi.counts).to.deep.equal({
      produced: 19_271,
      good: 18_848,
      scrap: 423,
      unobserved: 0,
      unplanned: 0,
      resets: 0,
    });
    expect(kpi.availability).to.be.closeTo(0.8880952, 5e-8);
    expect(kpi.qualityRatio).to.be.closeTo(0.9780499, 5e-8);
    expect(kpi.effectiveness).to.be.closeTo(0.8610813, 5e-8);
    expect(kpi.oee).to.be.closeTo(0.7479365, 5e-8);
  });

  it('ISO elements: PBT 450, APT 320, AUST 40, ADET 30, ADOT 60 min, PRI 0.5 min, 600 made, 570 good', () => {
    const states: (readonly [number, number])[] = [
      [0, 1],
      [320, 2],
      [360, 3],
      [390, 4],
    ];
    const kpi = evaluateWorkUnit({
      from: 0,
      to: 450 * minute,
      planned: [[0, 450 * minute]],
      plannedCycleMs: minute / 2,
      ...timelines({
        states: states.map(([time, value]) => [time * minute, value] as const),
        counts: {
          'total-count': [
            [0, 0],
            [449 * minute, 600],
          ],
          'good-count': [
            [0, 0],
            [449 * minute, 570],
          ],
        },
      }),
    });
    const inMinutes = Object.fromEntries(Object.entries(kpi.elements).map(([name, ms]) => [name, ms / minute]));
    expect(inMinutes).to.deep.equal({ pbt: 450, apt: 320, aust: 40, adet: 30, adot: 60, unknown: 0, notPlanned: 0 });
    expect(kpi.availability).to.be.closeTo(320 / 450, 1e-12);
    expect(kpi.effectiveness).to.be.closeTo(0.9375, 1e-12);
    expect(kpi.qualityRatio).to.be.closeTo(0.95, 1e-12);
    expect(kpi.oee).to.be.closeTo((0.5 * 570) / 450, 1e-12);
    expect(kpi.coverage).to.equal(1);
  });

  it('credits nothing to effectiveness for what is made in a break, but loses no piece', () => {
    // Planned 0–40 and 60–100; a piece every 2 ms while it runs, and it stands from 90 on.
    const withBreak = (madeInBreak: number, stateInBreak: number) => {
      const rows = [0, 40, 60, 90].map((time, i) => [time, [0, 20, 20 + madeInBreak, 35 + madeInBreak][i]!] as const);
      return evaluateWorkUnit({
        from: 0,
        to: 100,
        planned: [
          [0, 40],
          [60, 100],
        ],
        plannedCycleMs: 1.5,
        ...timelines({
          states: [
            [0, 1],
            [40, stateInBreak],
            [60, 1],
            [90, 3],
          ],
          counts: { 'total-count': rows },
        }),
      });
    };
    const standing = withBreak(0, 4);
    expect(standing).to.include({ availability: 70 / 80, effectiveness: (1.5 * 35) / 70, plannedRunTime: 1.5 * 35 });
    for (const [made, state] of [
      [10, 1],
      [500, 1],
      [3, 5],
    ] as const) {
      const busy = withBreak(made, state);
      expect(busy.counts).to.deep.equal({ ...standing.counts, produced: 35 + made, good: 35 + made, unplanned: made });
      expect({ ...busy, counts: 0 }).to.deep.equal({ ...standing, counts: 0 });
    }
  });

  it('shares out pieces over the edges of breaks and silence, none twice and none into a planned stop', () => {
    const kpi = evaluateWorkUnit({
      from: 0,
      to: 100,
      planned: [[20, 80]],
      plannedCycleMs: 1,
      ...timelines({
        holdMs: 30,
        states: [
          [10, 1],
          [40, 5],
          [50, 1],
        ],
        // One stretch of 100 ms, of which 21 lie before planned time and 19 after it; in the 10 of the planned stop nothing is made.
        counts: {
          'total-count': [
            [-1, 0],
            [99, 90],
          ],
        },
      }),
    });
    expect(kpi.elements).to.include({ pbt: 50, apt: 50, unknown: 0, notPlanned: 50 });
    expect(kpi.counts).to.include({ produced: 90, unplanned: 40, unobserved: 0 });
    expect(kpi.observedFrom).to.equal(10);
  });

  it('never clamps, and has no number where there is nothing to divide by', () => {
    const fast = { from: 0, to: 100, planned: [[0, 100] as const], plannedCycleMs: 50 };
    const run = timelines({
      states: [[0, 1]],
      counts: {
        'total-count': [
          [0, 0],
          [99, 4],
        ],
      },
    });
    expect(evaluateWorkUnit({ ...fast, ...run })).to.include({ effectiveness: 2, oee: 2 });
    expect(evaluateWorkUnit({ ...fast, ...run, planned: [] })).to.include({
      coverage: null,
      availability: null,
      effectiveness: null,
      qualityRatio: 1,
      oee: null,
    });
    expect(evaluateWorkUnit({ ...fast, ...run, plannedCycleMs: null })).to.include({ effectiveness: null, oee: null });
    const uncounted = timelines({ states: [[0, 1]], counts: {} });
    expect(evaluateWorkUnit({ ...fast, ...uncounted })).to.include({ availability: 1, effectiveness: null, oee: null });
    const unseen = timelines({ states: [], counts: {} });
    expect(evaluateWorkUnit({ ...fast, ...unseen })).to.include({ coverage: 0, availability: null, oee: null });
    const down = timelines({ states: [[0, 3]], counts: { 'total-count': [[0, 0]] } });
    expect(evaluateWorkUnit({ ...fast, ...down })).to.include({ availability: 0, effectiveness: null, oee: 0 });
    expect(oee(null, 0.5, 1)).to.equal(null);
  });
});

const counterRows = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 3 })), { maxLength: 25 })
  .map((rows) => {
    let value = 0;
    const times = new Map(rows.map(([time, made]) => [time, made] as const));
    return [...times]
      .sort((a, b) => a[0] - b[0])
      .map(([time, made]) => {
        value += made;
        return [time, value] as const;
      });
  });

const cases = fc.record({
  samples: stateSamples(),
  planned: plannedTimes(),
  total: counterRows,
  scrap: counterRows,
  holdMs: fc.integer({ min: 3, max: 40 }),
});

function evaluateCase(
  {
    samples,
    planned,
    total,
    scrap,
    holdMs,
  }: { samples: StateSample[]; planned: Interval[]; total: Rows; scrap: Rows; holdMs: number },
  from: number,
  to: number,
) {
  const states = new StateTimeline({ mapping: new StateMapping(mapping), holdMs });
  addColumns(states, {
    sourceTimes: samples.map(({ time }) => time),
    statuses: samples.map(({ status }) => status),
    values: samples.map(({ value }) => value),
  });
  const { counters } = timelines({ states: [], counts: { 'total-count': total, 'scrap-count': scrap } });
  return evaluateWorkUnit({ from, to, planned, plannedCycleMs: 3, mappingVersion: 'v1', states, counters });
}
type Rows = (readonly [number, number])[];

describe('KPI of a work unit: laws', () => {
  it('equals a count of every millisecond and every step', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const kpi = evaluateCase(input, 20, 90);
        const { samples, planned, holdMs, total, scrap } = input;
        expect(kpi.elements).to.deep.equal(elementsByMs({ samples, planned, holdMs, from: 20, to: 90 }));
        const made = (rows: Rows, share: (from: number, to: number) => number) =>
          rows.reduce((sum, [time, value], i) => {
            const before = rows[i - 1];
            return before === undefined || time < 20 || time >= 90
              ? sum
              : sum + (value - before[1]) * share(before[0], time);
          }, 0);
        const shareAs = (element: 'unknown' | 'notPlanned') => (from: number, to: number) =>
          shareOf(element, { samples, planned, holdMs }, from, to);
        expect(kpi.counts.produced).to.equal(made(total, () => 1));
        expect(kpi.counts.scrap).to.equal(made(scrap, () => 1));
        expect(kpi.counts.unobserved).to.be.closeTo(made(total, shareAs('unknown')), 1e-9);
        expect(kpi.counts.unplanned).to.be.closeTo(made(total, shareAs('notPlanned')), 1e-9);
        const paced = made(total, (a, b) => 1 - shareAs('unknown')(a, b) - shareAs('notPlanned')(a, b));
        expect(kpi.plannedRunTime).to.be.closeTo(3 * paced, 1e-9);
        const seen = Array.from({ length: 70 }, (_, i) => 20 + i).find(
          (t) => stateAt(samples, holdMs, t) !== 'unknown',
        );
        expect(kpi.observedFrom).to.equal(seen ?? null);
      }),
    );
  });

  it('two halves add up to the whole', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 21, max: 89 }), (input, middle) => {
        const whole = evaluateCase(input, 20, 90);
        const sum = addUp([evaluateCase(input, 20, middle), evaluateCase(input, middle, 90)]);
        expect(sum.method).to.equal('iso22400-2/sum');
        expect(sum.elements).to.deep.equal(whole.elements);
        const rounded = { unobserved: 0, unplanned: 0 };
        expect({ ...sum.counts, ...rounded }).to.deep.equal({ ...whole.counts, ...rounded });
        expect(sum.counts.unplanned).to.be.closeTo(whole.counts.unplanned, 1e-9);
        expect(sum.observedFrom).to.equal(whole.observedFrom);
        for (const name of ['availability', 'effectiveness', 'qualityRatio', 'oee', 'coverage'] as const) {
          const expected = whole[name];
          if (expected === null) expect(sum[name], name).to.equal(null);
          else expect(sum[name], name).to.be.closeTo(expected, 1e-9);
        }
      }),
    );
  });
});

describe('KPI of a group', () => {
  const unit = (running: number, made: number, cycle: number | null) =>
    evaluateWorkUnit({
      from: 0,
      to: 100,
      planned: [[0, 100]],
      plannedCycleMs: cycle,
      ...timelines({
        states: [
          [0, 1],
          [running, 3],
        ],
        counts: {
          'total-count': [
            [0, 0],
            [99, made],
          ],
        },
      }),
    });

  it('divides sums and averages nothing', () => {
    const group = addUp([unit(90, 9, 10), unit(10, 2, 4)]);
    expect(group.elements).to.include({ pbt: 200, apt: 100, adet: 100 });
    expect(group).to.include({
      availability: 0.5,
      plannedRunTime: 98,
      effectiveness: 0.98,
      oee: 0.49,
      from: 0,
      to: 100,
    });
  });

  it('has no effectiveness when a member that ran has none', () => {
    expect(addUp([unit(90, 9, 10), unit(10, 2, null)])).to.include({
      availability: 0.5,
      effectiveness: null,
      oee: null,
    });
    expect(() => addUp([])).to.throw(RangeError);
  });
});
