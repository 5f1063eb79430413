import type { Interval } from './interval.ts';
import type { StateInterval } from './time-model.ts';

/** Time that is no part of observed planned busy time, by reason. The lists do not overlap. */
export interface ExcludedTime {
  /** Planned stops, as the state says. */
  readonly stopped: readonly Interval[];
  /** No shift, or a break; whether the state was known or not. */
  readonly unplanned: readonly Interval[];
  /** Planned, and nobody knew the state. */
  readonly unobserved: readonly Interval[];
}

/** Of the stretch the states cover. What `planned` does not name is unplanned. */
export function excludedTimeOf(states: readonly StateInterval[], planned: readonly Interval[]): ExcludedTime {
  const stopped: Interval[] = [];
  const unplanned: Interval[] = [];
  const unobserved: Interval[] = [];
  let next = 0;
  for (const { from, to, state } of states) {
    if (state === 'planned-stop') {
      append(stopped, from, to);
      continue;
    }
    let reached = from;
    while (next < planned.length && planned[next]![1] <= from) next += 1;
    for (let i = next; i < planned.length && planned[i]![0] < to; i += 1) {
      const start = Math.max(planned[i]![0], from);
      const end = Math.min(planned[i]![1], to);
      append(unplanned, reached, start);
      if (state === 'unknown') append(unobserved, start, end);
      reached = end;
    }
    append(unplanned, reached, to);
  }
  return { stopped, unplanned, unobserved };
}

function append(list: Interval[], from: number, to: number): void {
  if (from >= to) return;
  const last = list.at(-1);
  if (last?.[1] === from) list[list.length - 1] = [last[0], to];
  else list.push([from, to]);
}
