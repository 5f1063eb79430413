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
  /** How far each sweep began from the grid its unit keeps, early or late. */
  readonly jitterMs: ReturnType<typeof percentiles>;
}

interface Unit {
  begunAt: number;
  answeredAt: number;
  /** Since the last look. */
  begins: number[];
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
    const unit = this.#units.get(unitId) ?? { begunAt: Number.NaN, answeredAt: now, begins: [] };
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
      unit.begins.push(now);
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
    const units = [...this.#units.values()];
    const figures: Sweeps = {
      seconds: (now - this.#sinceMs) / 1000,
      requests: this.#requests,
      registers: this.#registers,
      sweeps: this.#sweeps,
      missed,
      sweepMs: percentiles(this.#durationsMs),
      jitterMs: percentiles(units.flatMap(({ begins }) => offGrid(begins, intervalMs))),
    };
    for (const unit of units) unit.begins = [];
    this.#durationsMs = [];
    this.#gapsMs = [];
    this.#requests = 0;
    this.#registers = 0;
    this.#sweeps = 0;
    this.#sinceMs = now;
    return figures;
  }
}

/** Where the grid of a unit lies is what most of its sweeps say: the median of their places in the interval, seen from the first. */
function offGrid(begins: readonly number[], intervalMs: number): number[] {
  const first = begins[0] ?? 0;
  const places = begins.map((begun) => begun - first - Math.round((begun - first) / intervalMs) * intervalMs);
  const median = places.toSorted((a, b) => a - b)[places.length >> 1] ?? 0;
  return places.map((place) => Math.abs(place - median));
}
