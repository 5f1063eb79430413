import type { Interval } from '@gongfu/shared/kpi/interval';
import type { TimeElements } from '@gongfu/shared/kpi/kpi-result';
import { type MachineState, noCause, type StateMappingDefinition } from '@gongfu/shared/model/machine-state';
import { StatusCode } from '@gongfu/shared/model/quality';
import fc from 'fast-check';

/** The rules once more, told as a look at every millisecond: slow, and written without a glance at the product's arithmetic. */
export interface StateSample {
  readonly time: number;
  readonly status: number;
  readonly value: number;
}

export const jam = { zh: '卡料', en: 'jam' };

export const mapping: StateMappingDefinition = {
  stateMappingId: 'm',
  version: 'v1',
  states: [
    { value: 1, state: 'running', cause: noCause },
    { value: 2, state: 'setup', cause: noCause },
    { value: 3, state: 'down', cause: jam },
    { value: 4, state: 'idle', cause: noCause },
    { value: 5, state: 'planned-stop', cause: noCause },
    { value: 'wait', state: 'starved', cause: noCause },
  ],
};

const stateOfValue: Record<number, MachineState> = {
  1: 'running',
  2: 'setup',
  3: 'down',
  4: 'idle',
  5: 'planned-stop',
};

export function stateAt(samples: readonly StateSample[], holdMs: number, time: number): MachineState {
  const sorted = [...samples].sort((a, b) => a.time - b.time);
  const last = sorted.filter((sample) => sample.time <= time).at(-1);
  if (last === undefined || last.status >= 0x8000_0000 || time - last.time >= holdMs) return 'unknown';
  return stateOfValue[last.value] ?? 'unknown';
}

const elementOfState: Record<string, keyof TimeElements> = {
  running: 'apt',
  setup: 'aust',
  down: 'adet',
  idle: 'adot',
  'planned-stop': 'notPlanned',
  unknown: 'unknown',
};

interface Truth {
  readonly samples: readonly StateSample[];
  readonly holdMs: number;
  readonly planned: readonly Interval[];
}

export function elementAt({ samples, holdMs, planned }: Truth, time: number): keyof TimeElements {
  const isPlanned = planned.some(([from, to]) => from <= time && time < to);
  return isPlanned ? elementOfState[stateAt(samples, holdMs, time)]! : 'notPlanned';
}

/** The share of what was made evenly over [from, to), planned stops left out, that falls on the element; within one it is unplanned. */
export function shareOf(element: 'unknown' | 'notPlanned', truth: Truth, from: number, to: number): number {
  let [within, all] = [0, 0];
  for (let time = from; time < to; time += 1) {
    if (stateAt(truth.samples, truth.holdMs, time) === 'planned-stop') continue;
    all += 1;
    if (elementAt(truth, time) === element) within += 1;
  }
  if (all === 0) return element === 'notPlanned' ? 1 : 0;
  return within / all;
}

export function elementsByMs(options: Truth & { readonly from: number; readonly to: number }): TimeElements {
  const sum = { pbt: 0, apt: 0, aust: 0, adet: 0, adot: 0, unknown: 0, notPlanned: 0 };
  for (let time = options.from; time < options.to; time += 1) {
    const element = elementAt(options, time);
    sum[element] += 1;
    if (element !== 'notPlanned') sum.pbt += 1;
  }
  return sum;
}

export function stateSamples(): fc.Arbitrary<StateSample[]> {
  return fc.array(
    fc.record({
      time: fc.integer({ min: 0, max: 100 }),
      status: fc.constantFrom(0, 0, 0, StatusCode.UncertainLastUsableValue, StatusCode.BadTimeout),
      value: fc.integer({ min: 1, max: 6 }),
    }),
    { maxLength: 25 },
  );
}

/** Sorted, not overlapping. */
export function plannedTimes(): fc.Arbitrary<Interval[]> {
  return fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 8 }).map((bounds) => {
    const sorted = bounds.sort((a, b) => a - b);
    return Array.from(
      { length: Math.floor(sorted.length / 2) },
      (_, i) => [sorted[2 * i]!, sorted[2 * i + 1]!] as const,
    );
  });
}
