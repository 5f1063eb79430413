import type { LocalText } from '../model/asset.ts';
import { type MachineState, noCause } from '../model/machine-state.ts';
import type { KpiResult } from './kpi-result.ts';
import type { PlannedState } from './time-model.ts';

/** Where the planned time of a unit went that made no good piece; `speed` and `quality` are parts of the running time. */
export type LossElement = 'adet' | 'adot' | 'aust' | 'unknown' | 'speed' | 'quality';

/** A work unit over the window of the account. */
export interface LossUnit {
  readonly assetId: string;
  /** True when the figures of the group are made from it; the others serve those. */
  readonly counts: boolean;
  readonly plannedCycleMs: number | null;
  readonly states: readonly PlannedState[];
  readonly kpi: KpiResult;
}

/** Everything one reason at one place has cost. */
export interface Loss {
  /** Where the reason lies: for a unit that had to wait it is the one that stood meanwhile. */
  readonly assetId: string;
  readonly element: LossElement;
  /** Null for speed and quality. */
  readonly state: MachineState | null;
  readonly cause: LocalText;
  /** Planned time of the units that count; below 0 when they were faster than planned. */
  readonly ms: number;
  /** Of `ms`: others waited. */
  readonly waitingMs: number;
  /** What the planned cycle would have made in that time; null when one of the units has none. */
  readonly pieces: number | null;
  /** Number of stops; 0 for speed and quality. */
  readonly times: number;
  readonly longest: { readonly from: number; readonly to: number } | null;
}

/** A stop as one: breaks inside it do not part it. */
export interface Stop {
  readonly assetId: string;
  readonly state: MachineState;
  readonly cause: LocalText;
  readonly element: LossElement;
  readonly from: number;
  readonly to: number;
  /** Planned time of it. */
  readonly ms: number;
  /** The unit that stood meanwhile, when this one only had to wait. */
  readonly waitsFor: string | null;
}

export interface LossAccount {
  readonly plannedMs: number;
  readonly goodMs: number;
  readonly lostMs: number;
  /** What the planned cycle would have made in the planned time. */
  readonly plannedPieces: number | null;
  readonly goodPieces: number;
  readonly lostPieces: number | null;
  /** The largest first; their times add up to `lostMs`. */
  readonly losses: readonly Loss[];
  /** Of all units, the longest first; but those that serve only wait because others do. */
  readonly stops: readonly Stop[];
}

interface Blame {
  readonly from: number;
  readonly to: number;
  readonly stop: Stop;
}

/**
 * Where the planned time of a line went. What a unit that counts lost by waiting (starved, blocked) while a unit that serves it stood (down,
 * set-up) is that one's: of several the one that stood first. Units that count stand side by side and do not make each other
 * wait. The rest of the waiting has its reason outside and stays where it was felt.
 */
export function lossAccount(units: readonly LossUnit[]): LossAccount {
  const stops = units.flatMap(stopsOf);
  const serving = new Set(units.filter(({ counts }) => !counts).map(({ assetId }) => assetId));
  const blames = blamesOf(
    stops.filter(({ assetId, element }) => serving.has(assetId) && (element === 'adet' || element === 'aust')),
  );
  const sums = new LossSums();
  const waited = new Map<Stop, string>();
  for (const unit of units) {
    if (!unit.counts) continue;
    for (const stop of stops.filter(({ assetId }) => assetId === unit.assetId)) {
      const shares = isWaiting(stop) ? sharesOf(unit.states, stop, blames) : [];
      const foreignMs = shares.reduce((sum, { ms }) => sum + ms, 0);
      for (const { stop: culprit, ms } of shares) sums.add(culprit, unit, ms, ms);
      if (foreignMs < stop.ms) sums.add(stop, unit, stop.ms - foreignMs, 0);
      const most = shares.toSorted((a, b) => b.ms - a.ms)[0];
      if (most !== undefined && foreignMs * 2 >= stop.ms) waited.set(stop, most.stop.assetId);
    }
    sums.addRunning(unit);
  }
  return {
    ...totalsOf(units.filter(({ counts }) => counts)),
    losses: sums.losses(),
    stops: stops
      .filter((stop) => !(serving.has(stop.assetId) && isWaiting(stop)))
      .map((stop) => ({ ...stop, waitsFor: waited.get(stop) ?? null }))
      .sort((a, b) => b.ms - a.ms || a.from - b.from),
  };
}

/** Accounts of several lines as one. */
export function joinAccounts(accounts: readonly LossAccount[]): LossAccount {
  const sum = (pick: (account: LossAccount) => number): number => accounts.reduce((all, one) => all + pick(one), 0);
  const sumKnown = (pick: (account: LossAccount) => number | null): number | null =>
    accounts.some((one) => pick(one) === null) ? null : sum((one) => pick(one) ?? 0);
  return {
    plannedMs: sum(({ plannedMs }) => plannedMs),
    goodMs: sum(({ goodMs }) => goodMs),
    lostMs: sum(({ lostMs }) => lostMs),
    plannedPieces: sumKnown(({ plannedPieces }) => plannedPieces),
    goodPieces: sum(({ goodPieces }) => goodPieces),
    lostPieces: sumKnown(({ lostPieces }) => lostPieces),
    losses: accounts.flatMap(({ losses }) => losses).sort((a, b) => b.ms - a.ms),
    stops: accounts.flatMap(({ stops }) => stops).sort((a, b) => b.ms - a.ms || a.from - b.from),
  };
}

function stopsOf({ assetId, states }: LossUnit): Stop[] {
  const found: { -readonly [K in keyof Stop]: Stop[K] }[] = [];
  let before: PlannedState | undefined;
  let open: (typeof found)[number] | undefined;
  for (const state of states) {
    const { element, from, to } = state;
    const goesOn = before !== undefined && before.state === state.state && isSameText(before.cause, state.cause);
    before = state;
    if (!goesOn) open = undefined;
    if (element === 'apt' || element === 'notPlanned') continue;
    if (open === undefined) {
      open = { assetId, state: state.state, cause: state.cause, element, from, to, ms: 0, waitsFor: null };
      found.push(open);
    }
    open.to = to;
    open.ms += to - from;
  }
  return found;
}

function isWaiting({ state }: Stop): boolean {
  return state === 'starved' || state === 'blocked';
}

function isSameText(a: LocalText, b: LocalText): boolean {
  return a.zh === b.zh && a.en === b.en;
}

/** Who is to blame at each moment: of the stops that are on, the one that began first. */
function blamesOf(stops: readonly Stop[]): Blame[] {
  const found: Blame[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const stop of stops.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (stop.to <= end) continue;
    found.push({ from: Math.max(stop.from, end), to: stop.to, stop });
    end = stop.to;
  }
  return found;
}

/** How the planned time of a wait is shared among those who stood meanwhile. */
function sharesOf(states: readonly PlannedState[], wait: Stop, blames: readonly Blame[]): { stop: Stop; ms: number }[] {
  const found = new Map<Stop, number>();
  for (let i = firstEndingAfter(blames, wait.from); i < blames.length && blames[i]!.from < wait.to; i += 1) {
    const { from, to, stop } = blames[i]!;
    const ms = plannedMs(states, Math.max(from, wait.from), Math.min(to, wait.to));
    if (ms > 0) found.set(stop, (found.get(stop) ?? 0) + ms);
  }
  return [...found].map(([stop, ms]) => ({ stop, ms }));
}

function plannedMs(states: readonly PlannedState[], from: number, to: number): number {
  let sum = 0;
  for (let i = firstEndingAfter(states, from); i < states.length && states[i]!.from < to; i += 1) {
    const state = states[i]!;
    if (state.element !== 'notPlanned') sum += Math.min(state.to, to) - Math.max(state.from, from);
  }
  return sum;
}

function firstEndingAfter(list: readonly { readonly to: number }[], time: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.to > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface Sum {
  readonly loss: Omit<Loss, 'ms' | 'waitingMs' | 'pieces' | 'times' | 'longest'>;
  ms: number;
  waitingMs: number;
  pieces: number | null;
  readonly stops: Set<Stop>;
}

/** Losses by place and reason while they are added up. */
class LossSums {
  readonly #sums = new Map<string, Sum>();

  add(stop: Stop, unit: LossUnit, ms: number, waitingMs: number): void {
    const { assetId, element, state, cause } = stop;
    this.#book({ assetId, element, state, cause }, unit, ms, waitingMs).stops.add(stop);
  }

  addRunning(unit: LossUnit): void {
    const { assetId, kpi } = unit;
    const { speedMs, qualityMs } = runningLosses(kpi);
    if (speedMs !== 0) this.#book({ assetId, element: 'speed', state: null, cause: noCause }, unit, speedMs, 0);
    if (qualityMs !== 0) this.#book({ assetId, element: 'quality', state: null, cause: noCause }, unit, qualityMs, 0);
  }

  losses(): Loss[] {
    return [...this.#sums.values()]
      .map(({ loss, ms, waitingMs, pieces, stops }) => {
        const longest = [...stops].sort((a, b) => b.ms - a.ms)[0];
        return {
          ...loss,
          ms,
          waitingMs,
          pieces,
          times: stops.size,
          longest: longest === undefined ? null : { from: longest.from, to: longest.to },
        };
      })
      .sort((a, b) => b.ms - a.ms);
  }

  #book(loss: Sum['loss'], unit: LossUnit, ms: number, waitingMs: number): Sum {
    const key = JSON.stringify([loss.assetId, loss.element, loss.state, loss.cause]);
    const sum = this.#sums.get(key) ?? { loss, ms: 0, waitingMs: 0, pieces: 0, stops: new Set<Stop>() };
    this.#sums.set(key, sum);
    sum.ms += ms;
    sum.waitingMs += waitingMs;
    sum.pieces = sum.pieces === null || unit.plannedCycleMs === null ? null : sum.pieces + ms / unit.plannedCycleMs;
    return sum;
  }
}

/** Running time that made nothing, and running time that made scrap; 0 where nobody can tell. */
function runningLosses({ elements, effectiveness, qualityRatio, plannedRunTime }: KpiResult): {
  speedMs: number;
  qualityMs: number;
} {
  if (effectiveness === null) return { speedMs: 0, qualityMs: 0 };
  return {
    speedMs: elements.apt - plannedRunTime,
    qualityMs: qualityRatio === null ? 0 : plannedRunTime * (1 - qualityRatio),
  };
}

function totalsOf(units: readonly LossUnit[]): Omit<LossAccount, 'losses' | 'stops'> {
  let [planned, good, pieces] = [0, 0, 0 as number | null];
  let lostPieces: number | null = 0;
  for (const { kpi, plannedCycleMs } of units) {
    const { speedMs, qualityMs } = runningLosses(kpi);
    const goodMs = kpi.elements.apt - speedMs - qualityMs;
    planned += kpi.elements.pbt;
    good += goodMs;
    const perPiece = plannedCycleMs ?? 0;
    pieces = pieces === null || perPiece === 0 ? null : pieces + kpi.elements.pbt / perPiece;
    lostPieces = lostPieces === null || perPiece === 0 ? null : lostPieces + (kpi.elements.pbt - goodMs) / perPiece;
  }
  return {
    plannedMs: planned,
    goodMs: good,
    lostMs: planned - good,
    plannedPieces: pieces,
    goodPieces: units.reduce((sum, { kpi }) => sum + kpi.counts.good, 0),
    lostPieces,
  };
}
