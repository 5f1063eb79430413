import type { ValueType } from '@gongfu/shared/model/value-type';
import type { ByteOrder, PlantValue, RegisterBlock, RegisterSignal, RegisterTable } from './register-image.ts';
import { type CuringLine, conveyorConditions, pressConditions, pressIds } from './simulation/curing-line.ts';
import { machineOf } from './simulation/line.ts';
import type { Machine } from './simulation/machine.ts';
import { noiseAt } from './simulation/random-stream.ts';

/** The line's PLC answers as unit 1, the energy meter behind the same gateway as unit 2. */
const plcUnit = 1;
const meterUnit = 2;
const conveyorBase = 400;

/** Each press was delivered with another controller: that is how byte orders get mixed in a real hall. */
const pressOrders: readonly ByteOrder[] = ['CDAB', 'ABCD', 'BADC', 'DCBA'];

export const curingBlocks: readonly RegisterBlock[] = [
  ...pressIds.flatMap((_, index) => machineBlocks(index * 100)),
  ...machineBlocks(conveyorBase),
  { unitId: meterUnit, table: 'holding', first: 0, count: 16 },
  { unitId: meterUnit, table: 'input', first: 0, count: 32 },
];

function machineBlocks(first: number): RegisterBlock[] {
  return [
    { unitId: plcUnit, table: 'holding', first, count: 40 },
    { unitId: plcUnit, table: 'input', first, count: 40 },
    { unitId: plcUnit, table: 'coil', first, count: 16 },
    { unitId: plcUnit, table: 'discrete', first, count: 16 },
  ];
}

/** Every value line 1 shows, with its place. */
export function curingSignals(line: CuringLine, options: { seed: string; speed: number }): RegisterSignal[] {
  const presses = pressIds.flatMap((id, index) => pressSignals(line, machineOf(line, id), index, options));
  return [...presses, ...conveyorSignals(machineOf(line, 'conveyor'), options), ...meterSignals(line)];
}

/** Adds signals of one machine whose blocks begin at `base`. */
class SignalSheet {
  readonly signals: RegisterSignal[] = [];
  readonly #machine: string;
  readonly #unitId: number;
  readonly #base: number;
  readonly #byteOrder: ByteOrder;

  constructor(options: { machine: string; unitId: number; base: number; byteOrder: ByteOrder }) {
    this.#machine = options.machine;
    this.#unitId = options.unitId;
    this.#base = options.base;
    this.#byteOrder = options.byteOrder;
  }

  add(
    name: string,
    place: readonly [table: RegisterTable, address: number],
    type: ValueType,
    read: (plantMs: number) => PlantValue,
    more: { bit?: number; length?: number; byteOrder?: ByteOrder } = {},
  ): void {
    const [table, address] = place;
    // A single register knows only two orders: as it is, or its bytes swapped.
    const single = type === 'uint16' || type === 'int16';
    const whole = type === 'bool' || type === 'string' || (single && this.#byteOrder !== 'BADC');
    this.signals.push({
      name: `${this.#machine}.${name}`,
      unitId: this.#unitId,
      table,
      address: this.#base + address,
      type,
      byteOrder: whole ? 'ABCD' : this.#byteOrder,
      read,
      ...more,
    });
  }
}

function pressSignals(
  line: CuringLine,
  press: Machine,
  index: number,
  { seed, speed }: { seed: string; speed: number },
): RegisterSignal[] {
  const base = index * 100;
  const sheet = new SignalSheet({ machine: press.id, unitId: plcUnit, base, byteOrder: pressOrders[index] ?? 'ABCD' });
  const noise = (name: string, plantMs: number): number =>
    noiseAt(`${seed}/${press.id}/${name}`, Math.floor(plantMs / 2_000));
  const is = (condition: { value: number }) => (): boolean => press.condition.value === condition.value;
  const curing = (plantMs: number): number => pressureBar(press.progressAt(plantMs));

  sheet.add('state', ['holding', 0], 'uint16', () => press.condition.value);
  sheet.add('total', ['holding', 1], 'uint16', () => press.counts.total % 65_536);
  sheet.add('good', ['holding', 2], 'uint32', () => press.counts.good);
  sheet.add('scrap', ['holding', 4], 'uint16', () => press.counts.scrap % 65_536);
  sheet.add('in-cycle', ['holding', 5], 'bool', () => press.inCycle, { bit: 0 });
  sheet.add('door-fault', ['holding', 5], 'bool', is(pressConditions.doorOpen), { bit: 3 });
  sheet.add('steam-fault', ['holding', 5], 'bool', is(pressConditions.steamLow), { bit: 9 });
  sheet.add('heating-demand', ['holding', 5], 'bool', () => press.condition.watts > 10_000, { bit: 15 });
  sheet.add('cycle-time', ['holding', 6], 'int32', () => Math.round(press.lastCycleMs / speed));
  sheet.add('ram-position', ['holding', 8], 'int32', (ms) => ramPositionUm(press.progressAt(ms)));
  sheet.add('recipe', ['holding', 12], 'string', () => line.recipeOf(press.id), { length: 16 });
  sheet.add('strokes', ['holding', 20], 'uint64', () => 2n ** 53n + BigInt(index + 1) + BigInt(press.counts.total));

  sheet.add('deviation', ['input', 0], 'int16', (ms) => Math.round(25 * noise('deviation', ms)));
  sheet.add('temperature', ['input', 10], 'float32', (ms) =>
    Math.fround(temperatureCel(press.progressAt(ms)) + 0.4 * noise('temperature', ms)),
  );
  sheet.add('pressure', ['input', 12], 'float32', (ms) =>
    Math.fround(curing(ms) === 0 ? 0 : curing(ms) + 0.1 * noise('pressure', ms)),
  );
  sheet.add('bladder-temperature', ['input', 14], 'float64', (ms) =>
    press.inCycle ? temperatureCel(press.progressAt(ms)) + 12 + noise('bladder', ms) : 90 + noise('bladder', ms),
  );

  sheet.add('steam-valve', ['coil', 0], 'bool', (ms) => curing(ms) > 0);
  sheet.add('horn', ['coil', 9], 'bool', () => press.condition.state === 'down');
  sheet.add('tyre-present', ['discrete', 2], 'bool', () => press.inCycle);
  sheet.add(
    'door',
    ['discrete', 3],
    'bool',
    () => press.inCycle && press.condition.value !== pressConditions.doorOpen.value,
  );
  sheet.add('emergency-stop-clear', ['discrete', 10], 'bool', () => true);
  return sheet.signals;
}

function conveyorSignals(conveyor: Machine, { seed, speed }: { seed: string; speed: number }): RegisterSignal[] {
  const sheet = new SignalSheet({ machine: conveyor.id, unitId: plcUnit, base: conveyorBase, byteOrder: 'ABCD' });
  const runs = (): boolean => conveyor.condition.state === 'running';
  sheet.add('state', ['holding', 0], 'uint16', () => conveyor.condition.value);
  sheet.add('total', ['holding', 1], 'uint32', () => conveyor.counts.total);
  sheet.add('good', ['holding', 3], 'uint32', () => conveyor.counts.good);
  sheet.add('scrap', ['holding', 5], 'uint32', () => conveyor.counts.scrap);
  sheet.add('cycle-time', ['holding', 7], 'int32', () => Math.round(conveyor.lastCycleMs / speed));
  sheet.add('belt-speed', ['input', 0], 'float32', (ms) =>
    runs() ? Math.fround(0.42 + 0.01 * noiseAt(`${seed}/belt`, Math.floor(ms / 2_000))) : 0,
  );
  sheet.add('drive-current', ['input', 2], 'int16', () => (runs() ? 118 : 0));
  sheet.add('running', ['coil', 0], 'bool', runs);
  sheet.add('jam-sensor', ['discrete', 0], 'bool', () => conveyor.condition.value === conveyorConditions.tyreJam.value);
  return sheet.signals;
}

function meterSignals({ meter }: CuringLine): RegisterSignal[] {
  const sheet = new SignalSheet({ machine: 'meter', unitId: meterUnit, base: 0, byteOrder: 'ABCD' });
  const wattHours = (): bigint => BigInt(meter.wattMs) / 3_600_000n;
  sheet.add('serial', ['holding', 0], 'string', () => 'GF-EM-2041', { length: 16 });
  sheet.add('energy', ['input', 0], 'float64', () => meter.kWh);
  sheet.add('power', ['input', 4], 'float32', () => Math.fround(meter.watts / 1_000), { byteOrder: 'BADC' });
  sheet.add('energy-watt-hours', ['input', 8], 'int64', wattHours, { byteOrder: 'CDAB' });
  // Far beyond what a double can count one by one, on either side of zero, and beyond a signed 64-bit integer.
  sheet.add('energy-watt-seconds', ['input', 12], 'int64', () => 2n ** 60n + BigInt(meter.wattMs) / 1_000n);
  sheet.add('exported', ['input', 16], 'int64', () => -(2n ** 54n) - wattHours(), { byteOrder: 'BADC' });
  sheet.add('pulses', ['input', 20], 'uint64', () => 2n ** 63n + 12_345n + wattHours(), { byteOrder: 'DCBA' });
  sheet.add('watt-ticks', ['input', 24], 'uint32', () => Math.floor(meter.wattMs / 1_000_000) % 2 ** 32);
  return sheet.signals;
}

/** Mould temperature over a cycle: heats up, holds, and falls before the mould opens. Waiting, it is kept warm. */
function temperatureCel(progress: number): number {
  if (progress <= 0) return 140;
  if (progress < 0.2) return 140 + 175 * progress;
  return progress < 0.85 ? 175 : 175 - (35 * (progress - 0.85)) / 0.15;
}

/** Curing pressure over a cycle, bar: closed mould, filled, held, vented. */
function pressureBar(progress: number): number {
  if (progress < 0.08 || progress > 0.95) return 0;
  if (progress < 0.2) return (18 * (progress - 0.08)) / 0.12;
  return progress < 0.88 ? 18 : (18 * (0.95 - progress)) / 0.07;
}

/** Closed is 0; open, the ram stands below. */
function ramPositionUm(progress: number): number {
  if (progress <= 0 || progress >= 1) return -650_000;
  if (progress < 0.06) return Math.round(-650_000 * (1 - progress / 0.06));
  return progress < 0.96 ? 0 : Math.round((-650_000 * (progress - 0.96)) / 0.04);
}
