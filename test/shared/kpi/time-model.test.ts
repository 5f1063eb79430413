import type { Interval } from '@gongfu/shared/kpi/interval';
import { addColumns } from '@gongfu/shared/kpi/sample-columns';
import { StateMapping } from '@gongfu/shared/kpi/state-mapping';
import { holdMsOf, StateTimeline, timeElementsOf } from '@gongfu/shared/kpi/time-model';
import { noCause } from '@gongfu/shared/model/machine-state';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import fc from 'fast-check';
import { elementsByMs, jam, mapping, plannedTimes, type StateSample, stateAt, stateSamples } from './oracle.ts';

function timelineOf(samples: readonly StateSample[], holdMs: number): StateTimeline {
  const states = new StateTimeline({ mapping: new StateMapping(mapping), holdMs });
  addColumns(states, {
    sourceTimes: samples.map(({ time }) => time),
    statuses: samples.map(({ status }) => status),
    values: samples.map(({ value }) => value),
  });
  return states;
}

describe('time model: states', () => {
  it('hold until the next sample, at most the hold time, then nobody knows', () => {
    const states = timelineOf(
      [
        { time: 0, status: 0, value: 1 },
        { time: 8, status: 0, value: 1 },
        { time: 30, status: 0, value: 3 },
        { time: 35, status: StatusCode.BadTimeout, value: 3 },
        { time: 37, status: StatusCode.UncertainLastUsableValue, value: 99 },
      ],
      10,
    );
    expect(states.intervals(-5, 45)).to.deep.equal([
      { from: -5, to: 0, state: 'unknown', cause: noCause },
      { from: 0, to: 18, state: 'running', cause: noCause },
      { from: 18, to: 30, state: 'unknown', cause: noCause },
      { from: 30, to: 35, state: 'down', cause: jam },
      { from: 35, to: 45, state: 'unknown', cause: noCause },
    ]);
  });

  it('take an uncertain sample as observed, booleans and 64-bit integers as numbers, text as text', () => {
    const states = new StateMapping(mapping);
    expect(states.observe(StatusCode.UncertainLastUsableValue, 1).state).to.equal('running');
    expect(states.observe(0, 1n).state).to.equal('running');
    expect(states.observe(0, true).state).to.equal('running');
    expect(states.observe(0, '1').state).to.equal('unknown');
    expect(states.observe(0, 'wait').state).to.equal('starved');
    expect(states.observe(StatusCode.BadTimeout, 1).state).to.equal('unknown');
  });

  it('are known since their first sample, the last word on an instant counting', () => {
    const since = (...rows: [time: number, value: number][]) =>
      timelineOf(
        rows.map(([time, value]) => ({ time, status: 0, value })),
        10,
      ).newest();
    expect(since()).to.equal(undefined);
    expect(since([0, 1], [5, 3], [5, 1], [9, 1])).to.deep.equal({ state: 'running', cause: noCause, since: 0 });
    expect(since([0, 1], [5, 1], [5, 3])).to.deep.equal({ state: 'down', cause: jam, since: 5 });
    expect(since([0, 1], [11, 1])).to.include({ since: 11 });
  });

  it('bear two missed reports and a delay', () => {
    expect(holdMsOf(1_000)).to.equal(3_500);
    expect(holdMsOf(333.3)).to.equal(1_833);
  });

  it('are those of a look at every single millisecond', () => {
    fc.assert(
      fc.property(stateSamples(), fc.integer({ min: 1, max: 20 }), (samples, holdMs) => {
        const intervals = timelineOf(samples, holdMs).intervals(20, 70);
        expect(intervals[0]!.from).to.equal(20);
        expect(intervals.at(-1)!.to).to.equal(70);
        for (const [i, { from, to, state, cause }] of intervals.entries()) {
          expect(to).to.be.above(from);
          if (i > 0) expect(from).to.equal(intervals[i - 1]!.to);
          if (i > 0) expect([state, cause]).to.not.deep.equal([intervals[i - 1]!.state, intervals[i - 1]!.cause]);
          for (let t = from; t < to; t += 1) expect(state, `at ${t}`).to.equal(stateAt(samples, holdMs, t));
        }
      }),
    );
  });

  it('do not depend on the order in which samples arrive', () => {
    const shuffled = fc.uniqueArray(stateSamples(), { maxLength: 1, minLength: 1 }).chain(([samples]) => {
      const distinct = [...new Map(samples!.map((sample) => [sample.time, sample])).values()];
      return fc.tuple(
        fc.constant(distinct),
        fc.shuffledSubarray(distinct, { minLength: distinct.length, maxLength: distinct.length }),
      );
    });
    fc.assert(
      fc.property(shuffled, ([samples, late]) => {
        expect(timelineOf(late, 9).intervals(0, 100)).to.deep.equal(timelineOf(samples, 9).intervals(0, 100));
      }),
    );
  });
});

describe('time model: elements', () => {
  it('put each state where ISO 22400-2 has it', () => {
    const states = ['running', 'setup', 'down', 'starved', 'blocked', 'idle', 'planned-stop', 'unknown'] as const;
    const intervals = states.map((state, i) => ({ from: 2 ** i - 1, to: 2 ** (i + 1) - 1, state, cause: noCause }));
    const elements = timeElementsOf(intervals, [[0, 1_000]]);
    expect(elements).to.deep.equal({
      apt: 1,
      aust: 2,
      adet: 4,
      adot: 8 + 16 + 32,
      unknown: 128,
      notPlanned: 64,
      pbt: 255 - 64,
    });
  });

  it('partition the window exactly, and are those of a look at every single millisecond', () => {
    fc.assert(
      fc.property(stateSamples(), plannedTimes(), (samples, planned: Interval[]) => {
        const elements = timeElementsOf(timelineOf(samples, 7).intervals(15, 85), planned);
        expect(elements.apt + elements.aust + elements.adet + elements.adot + elements.unknown).to.equal(elements.pbt);
        expect(elements.pbt + elements.notPlanned).to.equal(70);
        expect(elements).to.deep.equal(elementsByMs({ samples, holdMs: 7, planned, from: 15, to: 85 }));
      }),
    );
  });
});
