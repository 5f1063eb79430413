import type { MachineState } from '../model/machine-state.ts';
import type { Interval } from './interval.ts';
import type { TimeElements } from './kpi-result.ts';
import type { SampleTimeline } from './sample-columns.ts';
import { type ObservedState, type SampleValue, type StateMapping, unobserved } from './state-mapping.ts';

export interface StateInterval extends ObservedState {
  readonly from: number;
  readonly to: number;
}

/** How long one sample speaks, in ms, given the longest silence its gateway promised: two missed reports and a delay are borne. */
export function holdMsOf(maxSilentMs: number): number {
  return Math.round(2.5 * maxSilentMs + 1_000);
}

interface Run {
  readonly from: number;
  until: number;
  readonly observed: ObservedState;
}

/**
 * The states of one work unit over time. A sample holds until the next one, at most `holdMs`; after that the state is
 * unknown. Runs of the same state are kept as one, so memory grows with changes, not with samples.
 */
export class StateTimeline implements SampleTimeline {
  readonly #mapping: StateMapping;
  readonly #holdMs: number;
  readonly #runs: Run[] = [];
  #newestTime = Number.NEGATIVE_INFINITY;

  constructor(options: { mapping: StateMapping; holdMs: number }) {
    this.#mapping = options.mapping;
    this.#holdMs = options.holdMs;
  }

  /** Time of the newest sample; -Infinity before the first. */
  get newestTime(): number {
    return this.#newestTime;
  }

  add(time: number, status: number, value: SampleValue): boolean {
    if (time < this.#newestTime) return false;
    this.#newestTime = time;
    const observed = this.#mapping.observe(status, value);
    // A second sample of the same instant takes the place of the first.
    if (this.#runs.at(-1)?.from === time) this.#runs.pop();
    const last = this.#runs.at(-1);
    if (last !== undefined && last.until >= time && isSame(last.observed, observed)) {
      last.until = time + this.#holdMs;
      return true;
    }
    if (last !== undefined) last.until = Math.min(last.until, time);
    this.#runs.push({ from: time, until: time + this.#holdMs, observed });
    return true;
  }

  /** The states of [from, to): they follow each other without hole or overlap, neighbours differ. */
  intervals(from: number, to: number): StateInterval[] {
    const found: StateInterval[] = [];
    let end = from;
    for (let i = this.#firstEndingAfter(from); i < this.#runs.length && this.#runs[i]!.from < to; i += 1) {
      const run = this.#runs[i]!;
      append(found, end, Math.max(end, run.from), unobserved);
      append(found, Math.max(end, run.from), Math.min(run.until, to), run.observed);
      end = Math.min(run.until, to);
    }
    append(found, end, to, unobserved);
    return found;
  }

  /** The run the newest sample belongs to, whether it still holds or not; undefined before the first sample. */
  newest(): (ObservedState & { since: number }) | undefined {
    const last = this.#runs.at(-1);
    return last === undefined ? undefined : { ...last.observed, since: last.from };
  }

  #firstEndingAfter(time: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#runs[middle]!.until > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function isSame(a: ObservedState, b: ObservedState): boolean {
  return a.state === b.state && a.cause.zh === b.cause.zh && a.cause.en === b.cause.en;
}

function append(list: StateInterval[], from: number, to: number, observed: ObservedState): void {
  if (from >= to) return;
  const last = list.at(-1);
  if (last !== undefined && isSame(last, observed)) list[list.length - 1] = { ...last, to };
  else list.push({ from, to, ...observed });
}

/**
 * Which time element of ISO 22400-2 a state inside planned time belongs to.
 * The standard asks whether an order is on: a stop inside one is delay (ADET), standing without one is down time (ADOT);
 * OPC 40001-1 annex C.2 does the same for machine states. Orders are not known here, so the state stands in for them:
 * `down` means something broke into the work and is delay; `idle`, `starved` and `blocked` mean able but without work and
 * are down time. A planned stop is no planned busy time at all.
 */
const elementOf = {
  running: 'apt',
  setup: 'aust',
  down: 'adet',
  starved: 'adot',
  blocked: 'adot',
  idle: 'adot',
  unknown: 'unknown',
  'planned-stop': 'notPlanned',
} as const satisfies Record<MachineState, keyof TimeElements>;

/** A state inside or outside planned time, and the time element it counts in. */
export interface PlannedState extends StateInterval {
  readonly planned: boolean;
  readonly element: Exclude<keyof TimeElements, 'pbt'>;
}

/** The states cut where planned time begins and ends; summed by element they give `timeElementsOf`. */
export function statesByPlan(states: readonly StateInterval[], planned: readonly Interval[]): PlannedState[] {
  const found: PlannedState[] = [];
  let next = 0;
  for (const state of states) {
    const put = (from: number, to: number, isPlanned: boolean): void => {
      const element = isPlanned ? elementOf[state.state] : 'notPlanned';
      if (from < to) found.push({ ...state, from, to, planned: isPlanned, element });
    };
    let end = state.from;
    while (next < planned.length && planned[next]![1] <= state.from) next += 1;
    for (let i = next; i < planned.length && planned[i]![0] < state.to; i += 1) {
      const from = Math.max(planned[i]![0], end);
      const to = Math.min(planned[i]![1], state.to);
      put(end, from, false);
      put(from, to, true);
      end = to;
    }
    put(end, state.to, false);
  }
  return found;
}

/** Time elements of the whole stretch the states cover. `planned` may reach beyond it; whole ms in, exact sums out. */
export function timeElementsOf(states: readonly StateInterval[], planned: readonly Interval[]): TimeElements {
  const sum = { apt: 0, aust: 0, adet: 0, adot: 0, unknown: 0, notPlanned: 0 };
  let next = 0;
  for (const { from, to, state } of states) {
    let plannedMs = 0;
    while (next < planned.length && planned[next]![1] <= from) next += 1;
    for (let i = next; i < planned.length && planned[i]![0] < to; i += 1) {
      plannedMs += Math.min(planned[i]![1], to) - Math.max(planned[i]![0], from);
    }
    sum[elementOf[state]] += plannedMs;
    sum.notPlanned += to - from - plannedMs;
  }
  return { pbt: sum.apt + sum.aust + sum.adet + sum.adot + sum.unknown, ...sum };
}
