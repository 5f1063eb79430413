import { isBad } from '../model/quality.ts';
import type { ExcludedTime } from './excluded-time.ts';
import { overlapMs } from './interval.ts';
import type { ProductCounts } from './kpi-result.ts';
import type { SampleTimeline } from './sample-columns.ts';
import type { SampleValue } from './state-mapping.ts';

export const counterRoles = ['total-count', 'good-count', 'scrap-count'] as const;
export type CounterRole = (typeof counterRoles)[number];

/** Pieces made after `from` and up to `to`, the times of two samples that follow each other. They count at `to`. */
export interface CountDelta {
  readonly from: number;
  readonly to: number;
  readonly pieces: number;
  /** 1 when the counter had started again, not rolled over. */
  readonly resets: number;
}

/**
 * What a counter counted. The first sample ever is only a base. A value below the one before is a roll-over when the
 * counter has a limit and the way over it is the shorter one; otherwise the counter was set back, and what it shows now was
 * made since. (Half the range decides, because a 16-bit counter set back by a PLC restart must not count as 65,000 pieces.)
 */
export class CounterTimeline implements SampleTimeline {
  readonly #rolloverAt: number | null;
  #deltas: CountDelta[] = [];
  #base: { time: number; value: number | bigint } | undefined;
  #newestTime = Number.NEGATIVE_INFINITY;

  constructor(options: { rolloverAt: number | null }) {
    this.#rolloverAt = options.rolloverAt;
  }

  /** Time of the newest sample, bad ones included; -Infinity before the first. */
  get newestTime(): number {
    return this.#newestTime;
  }

  /** Only steps that counted something or restarted, oldest first. */
  get deltas(): readonly CountDelta[] {
    return this.#deltas;
  }

  add(time: number, status: number, value: SampleValue): boolean {
    if (time < this.#newestTime) return false;
    this.#newestTime = time;
    if (isBad(status) || !isCount(value)) return true;
    if (this.#base !== undefined) {
      const step = stepOf(this.#base.value, value, this.#rolloverAt);
      if (step.pieces !== 0 || step.resets !== 0) this.#deltas.push({ from: this.#base.time, to: time, ...step });
    }
    this.#base = { time, value };
    return true;
  }

  /**
   * Joins neighbouring deltas that end in [from, to) where all from the first to the last was made in time of one kind (excluded for
   * one reason, or not at all): no figure of a window that holds them all changes. Drops those before `from`.
   */
  compact(from: number, to: number, excluded: ExcludedTime): void {
    const kept: CountDelta[] = [];
    for (const delta of this.#deltas) {
      if (delta.to < from) continue;
      const last = kept.at(-1);
      if (last === undefined || delta.to >= to || !areOfOneKind([last, delta, join(last, delta)], excluded)) {
        kept.push(delta);
      } else kept[kept.length - 1] = join(last, delta);
    }
    this.#deltas = kept;
  }
}

function join(a: CountDelta, b: CountDelta): CountDelta {
  return { from: a.from, to: b.to, pieces: a.pieces + b.pieces, resets: a.resets + b.resets };
}

function isCount(value: SampleValue): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));
}

function stepOf(
  base: number | bigint,
  value: number | bigint,
  limit: number | null,
): Pick<CountDelta, 'pieces' | 'resets'> {
  if (value >= base) return { pieces: difference(value, base), resets: 0 };
  if (limit !== null && base < limit && value >= 0) {
    const overLimit = difference(limit, base) + Number(value);
    if (overLimit < limit / 2) return { pieces: overLimit, resets: 0 };
  }
  return { pieces: Math.max(0, Number(value)), resets: 1 };
}

/** Exact for whole numbers on either side of 2^53, whose difference fits. */
function difference(a: number | bigint, b: number | bigint): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Number(BigInt(a) - BigInt(b));
}

interface Shares {
  readonly unobserved: number;
  readonly unplanned: number;
}

/**
 * How much of a delta was made in time that is excluded: made evenly over its time is the best that can be said. A planned stop it
 * spans has no part in that, for a unit that stands makes nothing; but what was counted within one was made there.
 */
function sharesOf(delta: CountDelta, { stopped, unplanned, unobserved }: ExcludedTime): Shares {
  const { from } = delta;
  const to = Math.max(delta.to, from + 1);
  const ms = to - from - overlapMs(stopped, from, to);
  if (ms === 0) return { unobserved: 0, unplanned: 1 };
  return { unobserved: overlapMs(unobserved, from, to) / ms, unplanned: overlapMs(unplanned, from, to) / ms };
}

/** True when each was made whole in or whole out of excluded time, the same for all: an instant by itself may differ from what surrounds it. */
function areOfOneKind(deltas: readonly CountDelta[], excluded: ExcludedTime): boolean {
  const shares = deltas.map((delta) => sharesOf(delta, excluded));
  return (['unobserved', 'unplanned'] as const).every((reason) => {
    const [first] = shares.map((share) => share[reason]);
    return (first === 0 || first === 1) && shares.every((share) => share[reason] === first);
  });
}

interface RoleSum {
  pieces: number;
  unobserved: number;
  unplanned: number;
  resets: number;
}

/**
 * Counts of [from, to); undefined without a total or a good counter, for scrap alone does not say what was produced.
 * Counters of one role add up. `excluded` must reach back to the start of the oldest delta.
 * - total and good: scrap is the rest (a scrap counter beside them adds nothing; with rework the rest is what counts);
 * - total and scrap: good is the rest; good and scrap: produced is their sum;
 * - total alone: nothing is known to be scrap; good alone: likewise.
 * Counters read a moment apart may disagree by a piece at a window's edge: the rest is then -1 and the next window has it back.
 */
export function countProducts(options: {
  readonly counters: readonly { readonly role: CounterRole; readonly deltas: readonly CountDelta[] }[];
  readonly from: number;
  readonly to: number;
  readonly excluded: ExcludedTime;
}): ProductCounts | undefined {
  const sums = new Map<CounterRole, RoleSum>();
  for (const { role, deltas } of options.counters) {
    const sum = sums.get(role) ?? { pieces: 0, unobserved: 0, unplanned: 0, resets: 0 };
    sums.set(role, sum);
    for (const delta of deltas) {
      if (delta.to < options.from || delta.to >= options.to) continue;
      sum.pieces += delta.pieces;
      const shares = sharesOf(delta, options.excluded);
      sum.unobserved += delta.pieces * shares.unobserved;
      sum.unplanned += delta.pieces * shares.unplanned;
      sum.resets += delta.resets;
    }
  }
  return deriveCounts(sums.get('total-count'), sums.get('good-count'), sums.get('scrap-count'));
}

function deriveCounts(total?: RoleSum, good?: RoleSum, scrap?: RoleSum): ProductCounts | undefined {
  if (total !== undefined) {
    const goodPieces = good?.pieces ?? total.pieces - (scrap?.pieces ?? 0);
    return {
      produced: total.pieces,
      good: goodPieces,
      scrap: total.pieces - goodPieces,
      unobserved: total.unobserved,
      unplanned: total.unplanned,
      resets: total.resets + (good ?? scrap ?? { resets: 0 }).resets,
    };
  }
  if (good === undefined) return undefined;
  const scrapPieces = scrap?.pieces ?? 0;
  return {
    produced: good.pieces + scrapPieces,
    good: good.pieces,
    scrap: scrapPieces,
    unobserved: good.unobserved + (scrap?.unobserved ?? 0),
    unplanned: good.unplanned + (scrap?.unplanned ?? 0),
    resets: good.resets + (scrap?.resets ?? 0),
  };
}
