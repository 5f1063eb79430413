import type { Agenda, Life } from './agenda.ts';
import type { Condition, Counts, Journal } from './journal.ts';
import type { Meter } from './meter.ts';
import { RandomStream } from './random-stream.ts';

export interface Step {
  readonly condition: Condition;
  readonly forMs: number;
}

/** Bounds of what chance may do; every span in plant ms, both ends included. */
export interface Temper {
  readonly running: Condition;
  readonly idle: Condition;
  /** Running time between two faults. */
  readonly faultAfterMs: readonly [number, number];
  /** What a fault does to the machine, from its beginning until it runs again. */
  readonly fault: (random: RandomStream) => readonly Step[];
  /** The n-th piece since the last scrap is scrap, n drawn from here. */
  readonly scrapEvery: readonly [number, number];
}

/** A stop that is no matter of chance: the machine takes it when it works at `atMs` or next after. */
export interface Incident {
  readonly condition: Condition;
  /** Plant ms. */
  readonly atMs: number;
  readonly forMs: number;
}

export interface MachineOptions {
  readonly id: string;
  readonly seed: string;
  readonly agenda: Agenda;
  readonly journal: Journal;
  readonly meter: Meter;
  readonly temper: Temper;
  /** Where the counters go on from. */
  readonly counts: Counts;
  /** In the order of their time. */
  readonly incidents?: readonly Incident[] | undefined;
}

/** A machine of the plant: its condition, its counters, and the cycle it is in. */
export class Machine {
  readonly id: string;
  readonly counts: Counts;
  readonly random: RandomStream;
  /** Duration of the last finished cycle, plant ms, stops inside it included. */
  lastCycleMs = 0;
  #condition: Condition;
  #runUntilFaultMs: number;
  #piecesUntilScrap: number;
  #cycle = { startedMs: 0, lengthMs: 1, doneMs: 0, runningSinceMs: -1, open: false };
  readonly #incidents: Incident[];
  readonly #options: MachineOptions;

  constructor(options: MachineOptions) {
    this.id = options.id;
    this.counts = { ...options.counts };
    this.random = new RandomStream(`${options.seed}/${options.id}`);
    this.#options = options;
    this.#incidents = [...(options.incidents ?? [])];
    this.#condition = options.temper.idle;
    this.#runUntilFaultMs = this.random.between(...options.temper.faultAfterMs);
    this.#piecesUntilScrap = this.random.between(...options.temper.scrapEvery);
    options.meter.add(this.#condition.watts);
  }

  get condition(): Condition {
    return this.#condition;
  }

  get inCycle(): boolean {
    return this.#cycle.open;
  }

  /** Share of the present cycle done, 0–1; 0 outside a cycle. */
  progressAt(plantMs: number): number {
    const { open, lengthMs, doneMs, runningSinceMs } = this.#cycle;
    if (!open) return 0;
    const runMs = runningSinceMs < 0 ? 0 : plantMs - runningSinceMs;
    return Math.min(1, (doneMs + runMs) / lengthMs);
  }

  enter(condition: Condition): void {
    if (condition === this.#condition) return;
    const { agenda, meter, journal } = this.#options;
    meter.account(agenda.nowMs);
    meter.add(condition.watts - this.#condition.watts);
    this.#condition = condition;
    journal.state(this.id, condition, agenda.nowMs);
  }

  *follow(steps: readonly Step[]): Life {
    for (const { condition, forMs } of steps) {
      this.enter(condition);
      yield { forMs };
    }
  }

  /** One cycle of `lengthMs` of running, with the faults that fall into it; the piece is not counted here. */
  *work(lengthMs: number): Life {
    const { agenda, temper } = this.#options;
    const cycle = { startedMs: agenda.nowMs, lengthMs, doneMs: 0, runningSinceMs: -1, open: true };
    this.#cycle = cycle;
    while (cycle.doneMs < lengthMs) {
      const untilIncidentMs = (this.#incidents[0]?.atMs ?? Number.POSITIVE_INFINITY) - agenda.nowMs;
      if (untilIncidentMs <= 0) {
        yield* this.follow([this.#incidents.shift()!]);
        continue;
      }
      const sliceMs = Math.min(lengthMs - cycle.doneMs, this.#runUntilFaultMs, untilIncidentMs);
      this.enter(temper.running);
      cycle.runningSinceMs = agenda.nowMs;
      yield { forMs: sliceMs };
      cycle.runningSinceMs = -1;
      cycle.doneMs += sliceMs;
      this.#runUntilFaultMs -= sliceMs;
      if (this.#runUntilFaultMs > 0) continue;
      yield* this.follow(temper.fault(this.random));
      this.#runUntilFaultMs = this.random.between(...temper.faultAfterMs);
    }
    cycle.open = false;
    this.lastCycleMs = agenda.nowMs - cycle.startedMs;
  }

  /** Counts the piece just made; true when it is good. */
  finishPart(): boolean {
    const { agenda, journal, temper } = this.#options;
    this.#piecesUntilScrap -= 1;
    const good = this.#piecesUntilScrap > 0;
    if (!good) this.#piecesUntilScrap = this.random.between(...temper.scrapEvery);
    this.counts.total += 1;
    if (good) this.counts.good += 1;
    else this.counts.scrap += 1;
    journal.part(this.id, good, { ...this.counts }, agenda.nowMs);
    return good;
  }
}
