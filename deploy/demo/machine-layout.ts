import type { ByteOrder, RegisterBlock, RegisterSignal, RegisterTable, RegisterType } from './register-image.ts';
import { noiseAt, RandomStream } from './simulation/random-stream.ts';

/** A value as the machine's panel shows it, and where it truly lies. */
export interface PanelItem {
  readonly name: string;
  readonly unit: string;
  /** What a person reads off at this moment. */
  readonly shows: (plantMs: number) => string;
  readonly truth: MachineTruth;
}

export interface MachineTruth {
  readonly table: RegisterTable;
  readonly address: number;
  readonly type: RegisterType;
  readonly byteOrder: ByteOrder;
  readonly bit?: number;
  /** The panel shows the raw value times this. */
  readonly scale: number;
}

export interface UnknownMachine {
  readonly panel: readonly PanelItem[];
  readonly signals: readonly RegisterSignal[];
  readonly blocks: readonly RegisterBlock[];
}

interface Quantity {
  readonly name: string;
  readonly unit: string;
  readonly type: RegisterType;
  readonly scale: number;
  /** Behind the decimal point of the panel. */
  readonly decimals: number;
  /** In the unit of the panel. */
  readonly course: Course;
}
type Course = (seconds: number, phase: number, noise: number) => number;

/** Up and down between two ends, once in `period` seconds, with noise of this size. */
function swinging(low: number, high: number, period: number, noisy: number): Course {
  return (seconds, phase, noise) =>
    (low + high) / 2 + ((high - low) / 2) * Math.sin((2 * Math.PI * seconds) / period + phase) + noise * noisy;
}

/** Goes to another place every `hold` seconds and stays there until the next, as an axis or a drive does. */
function stepping(low: number, high: number, hold: number, noisy: number): Course {
  const placeAt = (step: number, phase: number) => low + (high - low) * (0.5 + 0.5 * Math.sin(step * 2.4 + phase));
  return (seconds, phase, noise) => {
    const step = Math.floor(seconds / hold);
    const left = Math.exp(-(seconds - step * hold) / 1.5);
    return placeAt(step, phase) + (placeAt(step - 1, phase) - placeAt(step, phase)) * left + noise * noisy;
  };
}

/** Every machine has run for another time. */
function counting(from: number, perSecond: number): Course {
  return (seconds, phase) => from + Math.floor((from * phase) / 7 + seconds * perSecond);
}

const quantities: readonly Quantity[] = [
  {
    name: 'mould-temperature',
    unit: 'Cel',
    type: 'float32',
    scale: 1,
    decimals: 1,
    course: swinging(148, 176, 400, 0.1),
  },
  {
    name: 'chiller-temperature',
    unit: 'Cel',
    type: 'int16',
    scale: 0.1,
    decimals: 1,
    course: swinging(-9, 14, 300, 0.1),
  },
  { name: 'clamping-force', unit: 'kN', type: 'float32', scale: 1, decimals: 0, course: stepping(240, 2650, 26, 2) },
  {
    name: 'hydraulic-pressure',
    unit: 'bar',
    type: 'uint16',
    scale: 0.01,
    decimals: 1,
    course: stepping(88, 236, 23, 0.2),
  },
  { name: 'cycle-time', unit: 's', type: 'uint16', scale: 0.01, decimals: 2, course: swinging(31, 47, 420, 0.05) },
  { name: 'shots', unit: '{pieces}', type: 'uint32', scale: 1, decimals: 0, course: counting(1_874_210, 0.2) },
  { name: 'energy', unit: 'kW.h', type: 'uint64', scale: 0.001, decimals: 2, course: counting(9_412_650, 0.037) },
  { name: 'pulses', unit: '', type: 'uint64', scale: 1, decimals: 0, course: counting(58_203_114_907, 137) },
  { name: 'position', unit: 'mm', type: 'int32', scale: 0.001, decimals: 2, course: stepping(-212, 418, 21, 0.03) },
  { name: 'screw-speed', unit: 'rpm', type: 'int16', scale: 1, decimals: 0, course: stepping(-120, 345, 31, 1) },
  { name: 'mould-strokes', unit: '', type: 'bcd16', scale: 1, decimals: 0, course: counting(1_204, 1.3) },
  { name: 'batch', unit: '', type: 'bcd32', scale: 1, decimals: 0, course: counting(20_261_127, 0.03) },
  { name: 'power', unit: 'kW', type: 'float64', scale: 1, decimals: 2, course: swinging(18, 74, 280, 0.1) },
  { name: 'motor-load', unit: '%', type: 'int16', scale: 0.5, decimals: 1, course: stepping(-20, 96, 24, 0.5) },
  { name: 'running-time', unit: 'h', type: 'uint32', scale: 0.01, decimals: 2, course: counting(31_884, 0.0056) },
  { name: 'vibration', unit: 'mm/s', type: 'float32', scale: 1, decimals: 2, course: stepping(0.8, 7.4, 37, 0.05) },
];

/** Lamps: seconds of a whole turn, and where they lie. */
const lamps = [
  { name: 'pump', period: 34, table: 'status' },
  { name: 'door-closed', period: 52, table: 'status' },
  { name: 'heating', period: 41, table: 'coil' },
  { name: 'alarm', period: 47, table: 'discrete' },
] as const;

const orders: Readonly<Record<number, readonly ByteOrder[]>> = {
  1: ['ABCD', 'ABCD', 'ABCD', 'BADC'],
  2: ['ABCD', 'CDAB', 'CDAB', 'BADC', 'DCBA'],
  4: ['ABCD', 'CDAB', 'BADC', 'DCBA', 'EFGHABCD'],
};
const registersOfType: Partial<Record<RegisterType, number>> = {
  int16: 1,
  uint16: 1,
  bcd16: 1,
  int64: 4,
  uint64: 4,
  float64: 4,
};
/** How long the display holds what it shows. */
const displayMs = 500;

/**
 * A machine nobody has a list of: where each value lies, in which order of bytes and in which table is the seed's choice, and
 * between the values lie registers with something else. Addresses begin anywhere up to `reach`.
 */
export function unknownMachine(seed: string, { reach = 24 }: { readonly reach?: number } = {}): UnknownMachine {
  const random = new RandomStream(`machine ${seed}`);
  const sheet = new MachineSheet(seed, random, reach);
  for (const quantity of shuffled([...quantities], random)) sheet.addQuantity(quantity);
  sheet.addLamps();
  return sheet.machine();
}

class MachineSheet {
  readonly #seed: string;
  readonly #random: RandomStream;
  readonly #signals: RegisterSignal[] = [];
  readonly #panel: PanelItem[] = [];
  readonly #next: Record<'holding' | 'input', number>;

  constructor(seed: string, random: RandomStream, reach: number) {
    this.#seed = seed;
    this.#random = random;
    this.#next = { holding: random.between(0, reach), input: random.between(0, reach) };
  }

  addQuantity({ name, unit, type, scale, decimals, course }: Quantity): void {
    const table = this.#random.pick(['holding', 'holding', 'input'] as const);
    const width = registersOfType[type] ?? 2;
    const byteOrder = this.#random.pick(orders[width]!);
    const phase = this.#random.next() * 6;
    this.#fill(table, this.#random.pick([0, 0, 0, 1, 2]));
    const address = this.#take(table, width);
    const whole = !type.startsWith('float');
    const raw = (plantMs: number): number => {
      const heldMs = Math.floor(plantMs / displayMs) * displayMs;
      const value = course(heldMs / 1_000, phase, noiseAt(`${this.#seed} ${name}`, heldMs / displayMs)) / scale;
      return whole ? Math.round(value) : type === 'float32' ? Math.fround(value) : value;
    };
    const place = { unitId: 1, table, address, type, byteOrder };
    this.#signals.push({
      name,
      ...place,
      read: (plantMs) => (width === 4 && whole ? BigInt(raw(plantMs)) : raw(plantMs)),
    });
    this.#panel.push({
      name,
      unit,
      shows: (plantMs) => (raw(plantMs) * scale).toFixed(decimals),
      truth: { table, address, type, byteOrder, scale },
    });
  }

  /** Two share a status word, the others have tables of their own. */
  addLamps(): void {
    this.#fill('holding', 1);
    const word = this.#take('holding', 1);
    for (const { name, period, table } of lamps) {
      const phase = this.#random.next() * period;
      const lit = (plantMs: number) => Math.floor((2 * (plantMs / 1_000 + phase)) / period) % 2 === 0;
      const inWord = table === 'status';
      const bit = this.#random.between(0, 7) * 2 + (name === 'pump' ? 0 : 1);
      const address = inWord ? word : this.#random.between(0, 15);
      const place = {
        table: inWord ? ('holding' as const) : table,
        address,
        type: 'bool' as const,
        byteOrder: 'ABCD' as const,
      };
      const truth = { ...place, ...(inWord ? { bit } : {}) };
      this.#signals.push({ name, unitId: 1, ...truth, read: lit });
      this.#panel.push({
        name,
        unit: '',
        shows: (plantMs) => (lit(plantMs) ? 'on' : 'off'),
        truth: { ...truth, scale: 1 },
      });
    }
  }

  machine(): UnknownMachine {
    const blocks: RegisterBlock[] = [
      ...(['holding', 'input'] as const).map((table) => ({ unitId: 1, table, first: 0, count: this.#next[table] + 4 })),
      ...(['coil', 'discrete'] as const).map((table) => ({ unitId: 1, table, first: 0, count: 16 })),
    ];
    return { panel: this.#panel, signals: this.#signals, blocks };
  }

  /** Registers of something the panel does not show: nothing, a constant, or what moves. */
  #fill(table: 'holding' | 'input', count: number): void {
    for (let i = 0; i < count; i += 1) {
      const name = `filler-${this.#signals.length}`;
      const kind = this.#random.pick(['nothing', 'constant', 'moving'] as const);
      const constant = this.#random.between(1, 2_000);
      const address = this.#take(table, 1);
      if (kind === 'nothing') continue;
      const read = (plantMs: number) =>
        kind === 'constant'
          ? constant
          : constant + 50 + Math.round(50 * noiseAt(`${this.#seed} ${name}`, Math.floor(plantMs / 1_000)));
      this.#signals.push({ name, unitId: 1, table, address, type: 'uint16', byteOrder: 'ABCD', read });
    }
  }

  #take(table: 'holding' | 'input', count: number): number {
    const address = this.#next[table];
    this.#next[table] += count;
    return address;
  }
}

function shuffled<T>(items: T[], random: RandomStream): T[] {
  for (let place = items.length - 1; place > 0; place -= 1) {
    const other = random.between(0, place);
    [items[place], items[other]] = [items[other]!, items[place]!];
  }
  return items;
}
