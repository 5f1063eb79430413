/** Readings of one meter as columns, oldest first; NaN where there was none. */
export interface Readings {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A meter was exchanged: what the old one showed last and the new one first, at the same moment. */
export interface Exchange {
  readonly at: number;
  readonly oldReading: number;
  readonly newReading: number;
}

/** Energy of one window, in the unit of the readings. */
export interface WindowEnergy {
  /** Known to have been used in the window; null where nothing is known. */
  readonly energy: number | null;
  /** Used over pauses across the window's ends: some of it in the window, nobody can say how much. */
  readonly unassigned: number;
  /** Share of the window over which the energy is known, 0–1. */
  readonly coverage: number;
  /** Readings that fell without a roll-over or a noted exchange: what was used meanwhile is not known. */
  readonly falls: number;
}

/** Between two neighbouring readings; energy null where the reading fell. */
interface Step extends Span {
  readonly energy: number | null;
}

/**
 * What a meter measured in each window.
 * - Energy between two readings within a window belongs to it, however long the pause: a meter goes on counting when the line to it is down.
 * - Energy across a window's end is shared out by time when the pause is short, else told as `unassigned`.
 * - A fall is a roll-over when the meter has a limit and the way over it is the shorter one; otherwise the meter was exchanged or
 *   reset, and only a noted exchange tells what was used.
 */
export function energyIn(
  readings: Readings,
  windows: readonly Span[],
  options: { longestGapMs: number; rolloverAt: number | null; exchanges?: readonly Exchange[] },
): WindowEnergy[] {
  const steps = stepsOf(readings, options.rolloverAt, options.exchanges ?? []);
  return windows.map((window) => windowEnergy(steps, window, options.longestGapMs));
}

function windowEnergy(steps: readonly Step[], window: Span, longestGapMs: number): WindowEnergy {
  let energy = 0;
  let coveredMs = 0;
  let unassigned = 0;
  let falls = 0;
  for (const step of steps) {
    const overlapMs = Math.min(step.to, window.to) - Math.max(step.from, window.from);
    if (overlapMs <= 0) continue;
    const stepMs = step.to - step.from;
    if (step.energy === null) falls += 1;
    else if (overlapMs === stepMs || stepMs <= longestGapMs) {
      energy += step.energy * (overlapMs / stepMs);
      coveredMs += overlapMs;
    } else unassigned += step.energy;
  }
  const windowMs = window.to - window.from;
  const coverage = windowMs > 0 ? Math.min(1, coveredMs / windowMs) : 0;
  return { energy: coveredMs > 0 ? energy : null, unassigned, coverage, falls };
}

function stepsOf({ times, values }: Readings, rolloverAt: number | null, exchanges: readonly Exchange[]): Step[] {
  const steps: Step[] = [];
  let last: { time: number; value: number } | undefined;
  for (const [row, time] of times.entries()) {
    const value = values[row]!;
    if (!Number.isFinite(value)) continue;
    if (last !== undefined && time > last.time) steps.push(...between(last, { time, value }, rolloverAt, exchanges));
    if (last === undefined || time >= last.time) last = { time, value };
  }
  return steps;
}

function between(
  a: { time: number; value: number },
  b: { time: number; value: number },
  rolloverAt: number | null,
  exchanges: readonly Exchange[],
): Step[] {
  const [exchange] = exchanges.filter(({ at }) => at > a.time && at <= b.time);
  if (exchange === undefined) return [{ from: a.time, to: b.time, energy: rise(a.value, b.value, rolloverAt) }];
  const { at, oldReading, newReading } = exchange;
  const rest = exchanges.filter((one) => one !== exchange);
  const before: Step = { from: a.time, to: at, energy: rise(a.value, oldReading, rolloverAt) };
  if (at === b.time) return [before];
  return [before, ...between({ time: at, value: newReading }, b, rolloverAt, rest)];
}

function rise(from: number, to: number, rolloverAt: number | null): number | null {
  if (to >= from) return to - from;
  if (rolloverAt === null || from >= rolloverAt || to < 0) return null;
  const over = rolloverAt - from + to;
  return over < rolloverAt / 2 ? over : null;
}
