import type { Clock } from '@gongfu/shared/base/clock';

/** Looks are kept at least this far apart. */
const spacingMs = 2000;
const minuteMs = 60_000;

interface Look {
  readonly monotonicMs: number;
  readonly totals: ReadonlyMap<string, number>;
}

/** Rates made of counters that only grow, from the looks of the last minute. */
export class SampleRates {
  readonly #clock: Clock;
  /** Oldest first; the first is the newest of those a minute old or older, once there is one. */
  #looks: Look[];

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
    this.#looks = [{ monotonicMs: options.clock.monotonicMs(), totals: new Map() }];
  }

  /** What the counters say now. */
  look(totals: ReadonlyMap<string, number>): void {
    const monotonicMs = this.#clock.monotonicMs();
    if (monotonicMs - this.#looks.at(-1)!.monotonicMs < spacingMs) return;
    this.#looks.push({ monotonicMs, totals });
    const begin = this.#looks.findLastIndex((look) => monotonicMs - look.monotonicMs >= minuteMs);
    if (begin > 0) this.#looks = this.#looks.slice(begin);
  }

  /** Over the last few seconds; 0 at the first look. */
  now(name: string, total: number): number {
    return this.#since(this.#looks.at(-2) ?? this.#looks[0]!, name, total);
  }

  /** Over the last minute; null before one has passed. */
  ofMinute(name: string, total: number): number | null {
    const begin = this.#looks[0]!;
    return this.#clock.monotonicMs() - begin.monotonicMs < minuteMs ? null : this.#since(begin, name, total);
  }

  #since(look: Look, name: string, total: number): number {
    const seconds = (this.#clock.monotonicMs() - look.monotonicMs) / 1000;
    const grown = Math.max(0, total - (look.totals.get(name) ?? 0));
    return seconds > 0 ? Math.round((grown / seconds) * 10) / 10 : 0;
  }
}
