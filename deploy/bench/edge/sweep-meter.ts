import { percentiles } from '../process-meter.ts';

/** What a server of registers was asked, whoever read them: figures that mean the same for every program. */
export interface Sweeps {
  readonly seconds: number;
  readonly requests: number;
  readonly registers: number;
  readonly sweeps: number;
  /** Of a grid of the interval told: gaps between two sweeps of a unit in which others should have begun. */
  readonly missed: number;
  /** From the first question of a sweep to its last answer. */
  readonly sweepMs: ReturnType<typeof percentiles>;
}

interface Unit {
  begunAt: number;
  answeredAt: number;
}

/** A sweep of a unit begins with each question for its register 0. */
export class SweepMeter {
  readonly #units = new Map<number, Unit>();
  #durationsMs: number[] = [];
  #gapsMs: number[] = [];
  #requests = 0;
  #registers = 0;
  #sweeps = 0;
  #sinceMs = performance.now();

  /** One question answered now. */
  note(unitId: number, address: number, count: number): void {
    const now = performance.now();
    const unit = this.#units.get(unitId) ?? { begunAt: Number.NaN, answeredAt: now };
    this.#units.set(unitId, unit);
    this.#requests += 1;
    this.#registers += count;
    if (address === 0) {
      this.#sweeps += 1;
      if (!Number.isNaN(unit.begunAt)) {
        this.#durationsMs.push(unit.answeredAt - unit.begunAt);
        this.#gapsMs.push(now - unit.begunAt);
      }
      unit.begunAt = now;
    }
    unit.answeredAt = now;
  }

  /** What was since the last time, for a grid of that interval; counts anew from now on. */
  take(intervalMs: number): Sweeps {
    const now = performance.now();
    for (const { begunAt } of this.#units.values()) {
      // Of one that is on its way nothing is said, but of one that should have begun and has not.
      this.#gapsMs.push(Math.max(intervalMs, now - begunAt - intervalMs));
    }
    const missed = this.#gapsMs.reduce((sum, gapMs) => sum + Math.max(0, Math.round(gapMs / intervalMs) - 1), 0);
    const figures: Sweeps = {
      seconds: (now - this.#sinceMs) / 1000,
      requests: this.#requests,
      registers: this.#registers,
      sweeps: this.#sweeps,
      missed,
      sweepMs: percentiles(this.#durationsMs),
    };
    this.#durationsMs = [];
    this.#gapsMs = [];
    this.#requests = 0;
    this.#registers = 0;
    this.#sweeps = 0;
    this.#sinceMs = now;
    return figures;
  }
}
