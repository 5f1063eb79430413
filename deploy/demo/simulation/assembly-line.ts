import { Agenda, type Life, Stock } from './agenda.ts';
import type { Condition, Counts } from './journal.ts';
import type { Line, LineOptions } from './line.ts';
import { Machine, type Step, type Temper } from './machine.ts';
import { Meter } from './meter.ts';
import { RandomStream } from './random-stream.ts';

/** Planned run time of one wheel at a station, plant ms. */
export const stationCycleMs = 12_000;

export const stationIds = ['station-1', 'station-2', 'station-3'] as const;

/**
 * PackML states in the numbering of PackTags v3 (ANSI/ISA-TR88.00.02), where Execute is 6 and Idle 4. The state alone does
 * not say why, so the stations publish `StateDetail` beside it: state + 100 × detail, the last two digits being the state.
 */
export const stationConditions = {
  execute: { value: 6, state: 'running', cause: '', watts: 6_400 },
  starved: { value: 5, state: 'starved', cause: 'no wheel from upstream', watts: 1_100 },
  blocked: { value: 105, state: 'blocked', cause: 'no room downstream', watts: 1_100 },
  idle: { value: 4, state: 'idle', cause: 'no order', watts: 700 },
  completing: { value: 16, state: 'setup', cause: 'order ending', watts: 2_000 },
  complete: { value: 17, state: 'idle', cause: 'order finished', watts: 700 },
  resetting: { value: 15, state: 'setup', cause: 'resetting', watts: 1_500 },
  starting: { value: 3, state: 'setup', cause: 'starting', watts: 3_000 },
  stopping: { value: 7, state: 'planned-stop', cause: 'stopping', watts: 1_500 },
  stopped: { value: 2, state: 'planned-stop', cause: 'tool inspection', watts: 400 },
  holding: { value: 10, state: 'down', cause: 'holding', watts: 1_800 },
  heldJam: { value: 11, state: 'down', cause: 'infeed jam', watts: 1_000 },
  heldPart: { value: 111, state: 'down', cause: 'valve missing', watts: 1_000 },
  heldTorque: { value: 211, state: 'down', cause: 'torque out of limits', watts: 1_000 },
  unholding: { value: 12, state: 'down', cause: 'unholding', watts: 2_400 },
  aborting: { value: 8, state: 'down', cause: 'aborting', watts: 800 },
  abortedMotor: { value: 9, state: 'down', cause: 'motor overload', watts: 300 },
  abortedGuard: { value: 109, state: 'down', cause: 'light curtain broken', watts: 300 },
  clearing: { value: 1, state: 'down', cause: 'clearing', watts: 900 },
} as const satisfies Record<string, Condition>;

const stationTemper: Temper = {
  running: stationConditions.execute,
  idle: stationConditions.idle,
  faultAfterMs: [60_000, 170_000],
  fault: (random) => (random.next() < 0.7 ? hold(random) : abort(random)),
  scrapEvery: [5, 16],
};

/** An internal stop that heals without leaving the order. */
function hold(random: RandomStream): readonly Step[] {
  const { holding, heldJam, heldPart, heldTorque, unholding } = stationConditions;
  return [
    { condition: holding, forMs: 3_000 },
    { condition: random.pick([heldJam, heldPart, heldTorque]), forMs: random.between(5_000, 26_000) },
    { condition: unholding, forMs: 3_000 },
  ];
}

/** An emergency: the way back leads through clearing, resetting and starting. */
function abort(random: RandomStream): readonly Step[] {
  const { aborting, abortedMotor, abortedGuard, clearing, resetting, starting } = stationConditions;
  return [
    { condition: aborting, forMs: 3_000 },
    { condition: random.pick([abortedMotor, abortedGuard]), forMs: random.between(12_000, 40_000) },
    { condition: clearing, forMs: 4_000 },
    { condition: resetting, forMs: 4_000 },
    { condition: starting, forMs: 3_000 },
  ];
}

/** What a station measures at its latest piece. */
export interface Measurement {
  readonly torqueNm: number;
  readonly airBar: number;
  readonly offsetUm: number;
  readonly unbalanceG: number;
}

/** Int32 counters of PackML roll over to 0 after 2,147,483,647; station 3 is about to. */
const factoryCounts: Readonly<Record<string, Counts>> = {
  'station-1': { total: 881_204, good: 860_117, scrap: 21_087 },
  'station-2': { total: 860_117, good: 845_600, scrap: 14_517 },
  'station-3': { total: 2_147_483_590, good: 2_140_000_000, scrap: 7_483_590 },
};
const factoryWattMs = 42_118 * 3_600_000_000;

/** Line 2: three stations in series (mounting, inflating, balancing) with room for three wheels between two of them. */
export class AssemblyLine implements Line {
  readonly agenda = new Agenda();
  readonly meter: Meter;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly #seed: string;
  readonly #measurements = new Map<string, Measurement>();

  constructor({ seed, journal, totals, incidents }: LineOptions) {
    this.#seed = seed;
    const agenda = this.agenda;
    this.meter = new Meter({ wattMs: totals?.wattMs ?? factoryWattMs });
    const stations = stationIds.map((id) => {
      const counts = totals?.counts[id] ?? factoryCounts[id] ?? { total: 0, good: 0, scrap: 0 };
      const temper = stationTemper;
      return new Machine({ id, seed, agenda, journal, meter: this.meter, temper, counts, incidents: incidents?.[id] });
    });
    this.machines = new Map(stations.map((station) => [station.id, station]));
    const supply = new Stock({ agenda, level: 6, capacity: 6 });
    const dispatch = new Stock({ agenda, level: 0, capacity: 6 });
    const between = [0, 1].map((level) => new Stock({ agenda, level, capacity: 3 }));
    const path = [supply, ...between, dispatch];
    stations.forEach((station, index) => {
      agenda.begin(this.#stationLife(station, path[index]!, path[index + 1]!));
    });
    agenda.begin(this.#neighbourLife('supply', supply, 'put'));
    agenda.begin(this.#neighbourLife('dispatch', dispatch, 'take'));
    agenda.begin(this.meter.read(agenda, journal));
  }

  /** Before the first piece of this run: the set-points. */
  measurementOf(stationId: string): Measurement {
    return this.#measurements.get(stationId) ?? { torqueNm: 120, airBar: 2.5, offsetUm: 0, unbalanceG: 0 };
  }

  *#stationLife(station: Machine, upstream: Stock, downstream: Stock): Life {
    const { random } = station;
    const { resetting, starting, starved, blocked } = stationConditions;
    yield { forMs: random.between(500, 4_000) };
    yield* station.follow([
      { condition: resetting, forMs: 4_000 },
      { condition: starting, forMs: 3_000 },
    ]);
    let untilOrderEnd = random.between(18, 30);
    let untilInspection = random.between(25, 45);
    for (;;) {
      while (!upstream.take()) {
        station.enter(starved);
        yield { gate: upstream.changed };
      }
      yield* station.work(random.between(stationCycleMs, stationCycleMs * 1.08));
      this.#measure(station);
      // A scrapped wheel is taken off the line at the station.
      if (station.finishPart()) {
        while (!downstream.put()) {
          station.enter(blocked);
          yield { gate: downstream.changed };
        }
      }
      untilOrderEnd -= 1;
      untilInspection -= 1;
      if (untilOrderEnd <= 0) {
        yield* station.follow(changeOver(random));
        untilOrderEnd = random.between(25, 50);
      }
      if (untilInspection <= 0) {
        yield* station.follow(inspection(random));
        untilInspection = random.between(90, 140);
      }
    }
  }

  #measure({ id, random }: Machine): void {
    this.#measurements.set(id, {
      torqueNm: 118 + random.next() * 5,
      airBar: Math.fround(2.35 + random.next() * 0.3),
      offsetUm: random.between(-900, 900),
      unbalanceG: random.between(-35, 60),
    });
  }

  /** What feeds the first station or clears the last: faster than the line, with pauses. */
  *#neighbourLife(name: string, stock: Stock, action: 'put' | 'take'): Life {
    const random = new RandomStream(`${this.#seed}/${name}`);
    for (;;) {
      const wheels = random.between(15, 40);
      for (let wheel = 0; wheel < wheels; wheel += 1) {
        yield { forMs: random.between(6_000, 11_000) };
        stock[action]();
      }
      yield { forMs: random.between(70_000, 130_000) };
    }
  }
}

function changeOver(random: RandomStream): readonly Step[] {
  const { completing, complete, resetting, idle, starting } = stationConditions;
  return [
    { condition: completing, forMs: 3_000 },
    { condition: complete, forMs: random.between(3_000, 12_000) },
    { condition: resetting, forMs: random.between(12_000, 30_000) },
    { condition: idle, forMs: random.between(3_000, 10_000) },
    { condition: starting, forMs: 3_000 },
  ];
}

function inspection(random: RandomStream): readonly Step[] {
  const { stopping, stopped, resetting, idle, starting } = stationConditions;
  return [
    { condition: stopping, forMs: 3_000 },
    { condition: stopped, forMs: random.between(25_000, 50_000) },
    { condition: resetting, forMs: 4_000 },
    { condition: idle, forMs: 3_000 },
    { condition: starting, forMs: 3_000 },
  ];
}
