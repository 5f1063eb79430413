import type { Clock } from '@gongfu/shared/base/clock';

/** Keys whose turn has come long ago are forgotten when there are more than so many. */
const keysMax = 5_000;

/** Gives each key so many turns a second, and `burst` of them at once to who has taken none for a while. */
export class Turns {
  readonly #everyMs: number;
  readonly #burst: number;
  readonly #clock: Clock;
  /** Monotonic ms of the newest turn given. */
  readonly #newest = new Map<string, number>();

  constructor({ perSecond, burst, clock }: { perSecond: number; burst: number; clock: Clock }) {
    this.#everyMs = 1000 / perSecond;
    this.#burst = burst;
    this.#clock = clock;
  }

  /** Takes a turn. Returns in how many ms it comes; 0: now. */
  take(key: string): number {
    const now = this.#clock.monotonicMs();
    if (this.#newest.size >= keysMax) this.#forget(now);
    const turn = Math.max((this.#newest.get(key) ?? Number.NEGATIVE_INFINITY) + this.#everyMs, this.#idle(now));
    this.#newest.set(key, turn);
    return Math.max(0, turn - now);
  }

  /** In how many ms a turn taken now would come. */
  waitMs(key: string): number {
    const newest = this.#newest.get(key);
    return newest === undefined ? 0 : Math.max(0, newest + this.#everyMs - this.#clock.monotonicMs());
  }

  /** What the newest turn is at the earliest: who has long been idle has saved up a burst and no more. */
  #idle(now: number): number {
    return now - (this.#burst - 1) * this.#everyMs;
  }

  #forget(now: number): void {
    for (const [key, newest] of this.#newest) if (newest + this.#everyMs <= this.#idle(now)) this.#newest.delete(key);
  }
}
