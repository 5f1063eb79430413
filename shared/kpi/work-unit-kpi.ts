import { type CountDelta, type CounterRole, countProducts } from './counts.ts';
import { type ExcludedTime, excludedTimeOf } from './excluded-time.ts';
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
  /** Shifts without their breaks. Reaches back to the `from` of every delta, else those count as unplanned. */
  readonly planned: readonly Interval[];
  readonly mappingVersion: string;
  /** Likewise, else those count as unobserved. */
  readonly states: StateTimeline;
  readonly counters: readonly {
    readonly role: CounterRole;
    readonly timeline: { readonly deltas: readonly CountDelta[] };
  }[];
  /** Planned run time per item (PRI), ms; null when nobody gave it: effectiveness and OEE are then null. */
  readonly plannedCycleMs: number | null;
}

const nothingCounted: ProductCounts = { produced: 0, good: 0, scrap: 0, unobserved: 0, unplanned: 0, resets: 0 };

/** The KPIs of one work unit over one window, by ISO 22400-2. Same input, same result: when and in which order samples came does not matter. */
export function evaluateWorkUnit(input: WorkUnitInput): KpiResult {
  const { from, to } = input;
  const states = input.states.intervals(from, to);
  const elements = timeElementsOf(states, input.planned);
  const counted = countProducts({
    from,
    to,
    counters: input.counters.map(({ role, timeline }) => ({ role, deltas: timeline.deltas })),
    excluded: excludedTime(input),
  });
  const counts = counted ?? nothingCounted;
  const hasPace = counted !== undefined && input.plannedCycleMs !== null;
  const paced = counts.produced - counts.unobserved - counts.unplanned;
  const plannedRunTime = hasPace ? input.plannedCycleMs * paced : 0;
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
    observedFrom: states.find(({ state }) => state !== 'unknown')?.from ?? null,
    ...factors,
    oee: oee(factors.availability, factors.effectiveness, factors.qualityRatio),
  };
}

function excludedTime({ from, to, states, planned, counters }: WorkUnitInput): ExcludedTime {
  let oldest = from;
  for (const { timeline } of counters) {
    for (const delta of timeline.deltas) if (delta.to >= from) oldest = Math.min(oldest, delta.from);
  }
  return excludedTimeOf(states.intervals(oldest, to), planned);
}
