import type { Agenda, Life } from './agenda.ts';
import type { Journal } from './journal.ts';

/** How often the meter shows a new reading, plant ms. */
const readingEveryMs = 10_000;

/**
 * The line's energy meter. Power is constant between two state changes, so the energy is a sum of exact whole products;
 * as a real meter does, it shows a reading that is renewed at a fixed pace.
 */
export class Meter {
  #watts = 0;
  #wattMs: number;
  #readingWattMs: number;
  #accountedMs = 0;

  constructor(options: { wattMs: number }) {
    this.#wattMs = options.wattMs;
    this.#readingWattMs = options.wattMs;
  }

  /** Power drawn now. */
  get watts(): number {
    return this.#watts;
  }

  /** The reading shown, in watt-milliseconds. */
  get wattMs(): number {
    return this.#readingWattMs;
  }

  get kWh(): number {
    return kWhOf(this.#readingWattMs);
  }

  add(watts: number): void {
    this.#watts += watts;
  }

  /** Books the energy up to `atMs` at the power so far; to be called before the power changes. */
  account(atMs: number): void {
    this.#wattMs += this.#watts * (atMs - this.#accountedMs);
    this.#accountedMs = atMs;
  }

  *read(agenda: Agenda, journal: Journal): Life {
    for (;;) {
      yield { forMs: readingEveryMs };
      this.account(agenda.nowMs);
      this.#readingWattMs = this.#wattMs;
      journal.energy(this.#readingWattMs, agenda.nowMs);
    }
  }
}

export function kWhOf(wattMs: number): number {
  return wattMs / 3_600_000_000;
}
