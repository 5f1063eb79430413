import { noCause } from '../model/machine-state.ts';
import type { PlannedState } from './time-model.ts';

/** A state, or several short ones in the place of which stands the one that held longest. */
export interface GatheredState extends PlannedState {
  /** How many states it stands for; 1: it is exact. */
  readonly gathered: number;
}

/**
 * For a picture: states of at least `resolutionMs` stay exact, shorter neighbours are gathered until they are as long.
 * Still without hole or overlap. Sums of times belong to the exact states.
 */
export function coarseStates(states: readonly PlannedState[], resolutionMs: number): GatheredState[] {
  const found: GatheredState[] = [];
  let group: PlannedState[] = [];
  const close = (): void => {
    if (group.length > 0) found.push(asOne(group));
    group = [];
  };
  for (const state of states) {
    if (state.to - state.from >= resolutionMs) {
      close();
      found.push({ ...state, gathered: 1 });
      continue;
    }
    group.push(state);
    if (state.to - group[0]!.from >= resolutionMs) close();
  }
  close();
  return found;
}

function asOne(group: readonly PlannedState[]): GatheredState {
  const times = new Map<string, { readonly state: PlannedState; ms: number }>();
  for (const state of group) {
    const key = `${state.state} ${state.element}`;
    const entry = times.get(key) ?? { state, ms: 0 };
    entry.ms += state.to - state.from;
    times.set(key, entry);
  }
  const [most] = [...times.values()].sort((a, b) => b.ms - a.ms);
  const { state, planned, element, cause } = most!.state;
  return {
    state,
    planned,
    element,
    cause: group.length === 1 ? cause : noCause,
    from: group[0]!.from,
    to: group.at(-1)!.to,
    gathered: group.length,
  };
}
