import { Agenda, Gate, type Life, Stock } from './agenda.ts';
import type { Condition, Counts } from './journal.ts';
import type { Line, LineOptions } from './line.ts';
import { Machine, type Temper } from './machine.ts';
import { Meter } from './meter.ts';
import { RandomStream } from './random-stream.ts';

/** Planned run time of one tyre at a press and of one transport, plant ms. */
export const pressCycleMs = 30_000;
export const conveyorCycleMs = 6_000;

export const pressIds = ['press-1', 'press-2', 'press-3', 'press-4'] as const;

export const pressConditions = {
  running: { value: 1, state: 'running', cause: '', watts: 42_000 },
  setup: { value: 2, state: 'setup', cause: 'mould change', watts: 9_000 },
  starved: { value: 3, state: 'starved', cause: 'no green tyre', watts: 12_000 },
  blocked: { value: 4, state: 'blocked', cause: 'outfeed full', watts: 12_000 },
  idle: { value: 5, state: 'idle', cause: 'no order', watts: 3_500 },
  loaderJam: { value: 11, state: 'down', cause: 'loader jam', watts: 10_000 },
  bladderLeak: { value: 12, state: 'down', cause: 'bladder leak', watts: 8_000 },
  steamLow: { value: 13, state: 'down', cause: 'steam pressure low', watts: 9_500 },
  doorOpen: { value: 14, state: 'down', cause: 'mould door not closed', watts: 7_000 },
  cleaning: { value: 20, state: 'planned-stop', cause: 'mould cleaning', watts: 5_000 },
} as const satisfies Record<string, Condition>;

export const conveyorConditions = {
  running: { value: 1, state: 'running', cause: '', watts: 5_500 },
  starved: { value: 3, state: 'starved', cause: 'nothing to carry', watts: 900 },
  blocked: { value: 4, state: 'blocked', cause: 'final inspection full', watts: 900 },
  idle: { value: 5, state: 'idle', cause: 'switched off', watts: 200 },
  tyreJam: { value: 11, state: 'down', cause: 'tyre jammed', watts: 600 },
  driveOverload: { value: 12, state: 'down', cause: 'drive overload', watts: 300 },
  lubrication: { value: 20, state: 'planned-stop', cause: 'lubrication', watts: 300 },
} as const satisfies Record<string, Condition>;

const pressFaults = [
  pressConditions.loaderJam,
  pressConditions.bladderLeak,
  pressConditions.steamLow,
  pressConditions.doorOpen,
];

const pressTemper: Temper = {
  running: pressConditions.running,
  idle: pressConditions.idle,
  faultAfterMs: [70_000, 190_000],
  fault: (random) => [{ condition: random.pick(pressFaults), forMs: random.between(9_000, 34_000) }],
  scrapEvery: [4, 10],
};

const conveyorTemper: Temper = {
  running: conveyorConditions.running,
  idle: conveyorConditions.idle,
  faultAfterMs: [80_000, 200_000],
  fault: (random) => [
    {
      condition: random.pick([conveyorConditions.tyreJam, conveyorConditions.driveOverload]),
      forMs: random.between(8_000, 40_000),
    },
  ],
  scrapEvery: [6, 14],
};

/** Press 1 counts in 16 bits and is about to roll over; the others are younger. */
const factoryCounts: Readonly<Record<string, Counts>> = {
  'press-1': { total: 65_515, good: 62_003, scrap: 3_512 },
  'press-2': { total: 41_877, good: 39_902, scrap: 1_975 },
  'press-3': { total: 12_004, good: 11_415, scrap: 589 },
  'press-4': { total: 310, good: 291, scrap: 19 },
  conveyor: { total: 119_200, good: 117_090, scrap: 2_110 },
};
const factoryWattMs = 184_511 * 3_600_000_000;

export const recipes = ['205/55 R16 91V', '225/45 R17 94W', '195/65 R15 91H', '235/60 R18 103H'] as const;

/** Where a press and the conveyor meet. */
interface Place {
  readonly infeed: Stock;
  readonly outfeed: Stock;
}

/** Line 1: four curing presses. A conveyor brings green tyres in and carries cured tyres out to the final inspection. */
export class CuringLine implements Line {
  readonly agenda = new Agenda();
  readonly meter: Meter;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly #seed: string;
  readonly #recipes = new Map<string, string>();
  readonly #places: readonly Place[];
  readonly #greenTyres: Stock;
  readonly #inspection: Stock;
  /** Opens whenever the conveyor may find something to carry. */
  readonly #call: Gate;

  constructor({ seed, journal, totals, incidents }: LineOptions) {
    this.#seed = seed;
    const agenda = this.agenda;
    this.meter = new Meter({ wattMs: totals?.wattMs ?? factoryWattMs });
    const build = (id: string, temper: Temper): Machine => {
      const counts = totals?.counts[id] ?? factoryCounts[id] ?? { total: 0, good: 0, scrap: 0 };
      return new Machine({ id, seed, agenda, journal, meter: this.meter, temper, counts, incidents: incidents?.[id] });
    };
    const presses = pressIds.map((id) => build(id, pressTemper));
    const conveyor = build('conveyor', conveyorTemper);
    this.machines = new Map([...presses, conveyor].map((machine) => [machine.id, machine]));
    this.#greenTyres = new Stock({ agenda, level: 8, capacity: 12 });
    this.#inspection = new Stock({ agenda, level: 0, capacity: 4 });
    this.#call = new Gate(agenda);
    this.#places = presses.map(() => ({
      infeed: new Stock({ agenda, level: 2, capacity: 2 }),
      outfeed: new Stock({ agenda, level: 0, capacity: 1 }),
    }));
    presses.forEach((press, index) => {
      this.#recipes.set(press.id, recipes[index % recipes.length]!);
      agenda.begin(this.#pressLife(press, this.#places[index]!));
    });
    agenda.begin(this.#conveyorLife(conveyor));
    agenda.begin(this.#supplyLife());
    agenda.begin(this.#inspectionLife());
    agenda.begin(this.meter.read(agenda, journal));
  }

  recipeOf(pressId: string): string {
    return this.#recipes.get(pressId) ?? '';
  }

  *#pressLife(press: Machine, place: Place): Life {
    const { random } = press;
    yield { forMs: random.between(500, 6_000) };
    let untilChange = random.between(6, 11);
    let untilCleaning = random.between(14, 26);
    for (;;) {
      if (untilChange === 0) {
        yield* this.#changeOver(press);
        untilChange = random.between(9, 15);
      }
      if (untilCleaning === 0) {
        yield* press.follow([{ condition: pressConditions.cleaning, forMs: random.between(30_000, 60_000) }]);
        untilCleaning = random.between(30, 45);
      }
      while (!place.infeed.take()) {
        press.enter(pressConditions.starved);
        this.#call.open();
        yield { gate: place.infeed.changed };
      }
      yield* press.work(random.between(pressCycleMs, pressCycleMs * 1.07));
      press.finishPart();
      untilChange -= 1;
      untilCleaning -= 1;
      while (!place.outfeed.put()) {
        press.enter(pressConditions.blocked);
        yield { gate: place.outfeed.changed };
      }
      this.#call.open();
    }
  }

  *#changeOver(press: Machine): Life {
    const { random } = press;
    yield* press.follow([
      { condition: pressConditions.idle, forMs: random.between(4_000, 20_000) },
      { condition: pressConditions.setup, forMs: random.between(25_000, 50_000) },
    ]);
    this.#recipes.set(press.id, random.pick(recipes));
  }

  /** One trip serves one press: a cured tyre out if there is one, a green tyre in if there is one and room for it. */
  *#conveyorLife(conveyor: Machine): Life {
    const { random } = conveyor;
    yield { forMs: random.between(500, 3_000) };
    let untilLubrication = random.between(40, 70);
    let next = 0;
    for (;;) {
      const place = this.#placeToServe(next);
      if (place === undefined) {
        conveyor.enter(conveyorConditions.starved);
        yield { gate: this.#call };
        continue;
      }
      next = this.#places.indexOf(place) + 1;
      const carriesCured = place.outfeed.take();
      const carriesGreen = place.infeed.hasRoom && this.#greenTyres.take();
      yield* conveyor.work(random.between(conveyorCycleMs, conveyorCycleMs * 1.05));
      if (carriesGreen) place.infeed.put();
      if (carriesCured) yield* this.#deliver(conveyor);
      untilLubrication -= 1;
      if (untilLubrication > 0) continue;
      yield* conveyor.follow([{ condition: conveyorConditions.lubrication, forMs: random.between(15_000, 30_000) }]);
      untilLubrication = random.between(120, 200);
    }
  }

  *#deliver(conveyor: Machine): Life {
    // A rejected tyre leaves at the gate and needs no room at the inspection.
    if (!conveyor.finishPart()) return;
    while (!this.#inspection.put()) {
      conveyor.enter(conveyorConditions.blocked);
      yield { gate: this.#inspection.changed };
    }
  }

  #placeToServe(first: number): Place | undefined {
    const inTurn = this.#places.map((_, index) => this.#places[(first + index) % this.#places.length]!);
    return (
      inTurn.find(({ outfeed }) => outfeed.hasPiece) ??
      (this.#greenTyres.hasPiece ? inTurn.find(({ infeed }) => !infeed.hasPiece) : undefined)
    );
  }

  /** The building department: delivers faster than the presses cure, with pauses. */
  *#supplyLife(): Life {
    const random = new RandomStream(`${this.#seed}/supply`);
    for (;;) {
      const tyres = random.between(12, 30);
      for (let tyre = 0; tyre < tyres; tyre += 1) {
        yield { forMs: random.between(4_000, 7_000) };
        if (this.#greenTyres.put()) this.#call.open();
      }
      yield { forMs: random.between(60_000, 140_000) };
    }
  }

  /** The final inspection: takes a tyre every few seconds, and has pauses of its own. */
  *#inspectionLife(): Life {
    const random = new RandomStream(`${this.#seed}/inspection`);
    for (;;) {
      const endMs = this.agenda.nowMs + random.between(70_000, 200_000);
      while (this.agenda.nowMs < endMs) {
        yield { forMs: random.between(3_000, 6_000) };
        this.#inspection.take();
      }
      yield { forMs: random.between(30_000, 70_000) };
    }
  }
}
