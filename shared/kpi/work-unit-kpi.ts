import { type CountDelta, type CounterRole, countProducts } from './counts.ts';
import { availability } from './formulas/availability.ts';
import { effectiveness } from './formulas/effectiveness.ts';
import { oee } from './formulas/oee.ts';
import { qualityRatio } from './formulas/quality-ratio.ts';
import type { Interval } from './interval.ts';
import type { KpiResult, ProductCounts } from './kpi-result.ts';
import { type StateTimeline, timeElementsOf } from './time-model.ts';

/** All a work unit's KPIs depend on. Samples outside the window may be in the timelines: they are the base, or not yet due. */
export interface WorkUnitInput {
  /** The window [from, to), UTC epoch ms, whole; for one that is still open `to` is now. */
  readonly from: number;
  readonly to: number;
  /** Shifts without their breaks. */
  readonly planned: readonly Interval[];
  readonly mappingVersion: string;
  /** Reaches back to the `from` of every delta, else those count as unobserved. */
  readonly states: StateTimeline;
  readonly counters: readonly {
    readonly role: CounterRole;
    readonly timeline: { readonly deltas: readonly CountDelta[] };
  }[];
  /** Planned run time per item (PRI), ms; null when nobody gave it: effectiveness and OEE are then null. */
  readonly plannedCycleMs: number | null;
}

const nothingCounted: ProductCounts = { produced: 0, good: 0, scrap: 0, unobserved: 0, resets: 0 };

/** The KPIs of one work unit over one window, by ISO 22400-2. Same input, same result: when and in which order samples came does not matter. */
export function evaluateWorkUnit(input: WorkUnitInput): KpiResult {
  const { from, to } = input;
  const elements = timeElementsOf(input.states.intervals(from, to), input.planned);
  const counted = countProducts({
    from,
    to,
    counters: input.counters.map(({ role, timeline }) => ({ role, deltas: timeline.deltas })),
    unknown: unknownTime(input),
  });
  const counts = counted ?? nothingCounted;
  const hasPace = counted !== undefined && input.plannedCycleMs !== null;
  const plannedRunTime = hasPace ? input.plannedCycleMs * (counts.produced - counts.unobserved) : 0;
  const factors = {
    availability: availability(elements),
    effectiveness: hasPace ? effectiveness(plannedRunTime, elements.apt) : null,
    qualityRatio: qualityRatio(counts),
  };
  return {
    method: 'iso22400-2',
    mappingVersion: input.mappingVersion,
    from,
    to,
    elements,
    counts,
    plannedRunTime,
    coverage: elements.pbt === 0 ? null : (elements.pbt - elements.unknown) / elements.pbt,
    ...factors,
    oee: oee(factors.availability, factors.effectiveness, factors.qualityRatio),
  };
}

function unknownTime({ from, to, states, counters }: WorkUnitInput): Interval[] {
  let oldest = from;
  for (const { timeline } of counters) {
    for (const delta of timeline.deltas) if (delta.to >= from) oldest = Math.min(oldest, delta.from);
  }
  return unknownIntervals(states, oldest, to);
}

/** When in [from, to) nobody knew the state. */
export function unknownIntervals(states: StateTimeline, from: number, to: number): Interval[] {
  const unknown = states.intervals(from, to).filter(({ state }) => state === 'unknown');
  return unknown.map((interval) => [interval.from, interval.to] as const);
}
