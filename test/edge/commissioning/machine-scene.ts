import { type MachineTruth, type PanelItem, type UnknownMachine, unknownMachine } from '#deploy/demo/machine-layout';
import { RegisterImage as PlcMemory } from '#deploy/demo/register-image';
import { RandomStream } from '#deploy/demo/simulation/random-stream';
import type { PanelReading, PanelTag } from '#edge/commissioning/panel';
import { type PanelValue, parsePanelValue } from '#edge/commissioning/panel-value';
import type { Hypothesis } from '#edge/commissioning/scoring';
import type { RegisterImage, RegisterWindow, WindowImage } from '#edge/drivers/modbus/register-image';

/** How long before the first key a person may have looked. */
const lookBackMs = 3_000;
const imageMs = 500;

/** An unknown machine read twice a second while somebody stands before its panel. */
export class MachineScene {
  readonly machine: UnknownMachine;
  readonly windows: readonly RegisterWindow[];
  readonly images: RegisterImage[] = [];
  readonly #memory: PlcMemory;
  readonly #random: RandomStream;
  #nowMs = 100_000;

  constructor(seed: string, machine = unknownMachine(seed)) {
    this.machine = machine;
    this.#memory = new PlcMemory(this.machine);
    this.#random = new RandomStream(`person ${seed}`);
    this.windows = this.machine.blocks.map(({ table, first, count }) => ({ area: table, start: first, count }));
  }

  get panel(): readonly PanelItem[] {
    return this.machine.panel;
  }

  /** Time goes by, and images are taken. */
  pass(ms: number): void {
    const end = this.#nowMs + ms;
    const last = this.images.at(-1)?.atMs ?? this.#nowMs - imageMs;
    for (let atMs = last + imageMs; atMs <= end; atMs += imageMs) this.images.push(this.#imageAt(atMs));
    this.#nowMs = end;
  }

  /** Somebody looks at the panel, and types what it showed. */
  read(item: PanelItem): PanelReading {
    const lookedMs = this.#nowMs;
    this.pass(this.#random.between(500, 2_500));
    return {
      atMs: this.#nowMs,
      fromMs: this.#nowMs - lookBackMs,
      toMs: this.#nowMs,
      shown: shownBy(item.shows(lookedMs)),
    };
  }

  #imageAt(atMs: number): RegisterImage {
    const windows = this.windows.map(({ area, start, count }): WindowImage => {
      const block = { unitId: 1, table: area, first: start, count };
      if (area === 'coil' || area === 'discrete') {
        const bytes = this.#memory.bits(block, atMs)!;
        return { area, start, words: Array.from({ length: count }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1) };
      }
      const bytes = this.#memory.registers(block, atMs)!;
      return { area, start, words: Array.from({ length: count }, (_, i) => bytes.readUInt16BE(i * 2)) };
    });
    return { atMs, windows };
  }
}

export function shownBy(text: string): PanelValue {
  const value = parsePanelValue(text);
  if (typeof value === 'string') throw new Error(value);
  return value;
}

/** The panel read `rounds` times, all items in turn, with a pause between the rounds. */
export function readPanel(scene: MachineScene, items: readonly PanelItem[], rounds: number): PanelTag[] {
  const readings = items.map((): PanelReading[] => []);
  scene.pass(5_000);
  for (let round = 0; round < rounds; round += 1) {
    for (const [place, item] of items.entries()) readings[place]!.push(scene.read(item));
    scene.pass(17_000);
  }
  return items.map(({ name, unit }, place) => ({ name, unit, readings: readings[place]! }));
}

/** The very tag, not only its value. */
export function isTruth({ layout, scale }: Hypothesis, truth: MachineTruth): boolean {
  return (
    layout.area === truth.table &&
    layout.start === truth.address &&
    layout.type === truth.type &&
    layout.bit === truth.bit &&
    (layout.count === 1 && layout.type === 'bool' ? true : layout.order === truth.byteOrder) &&
    Math.abs(scale - truth.scale) < 1e-12
  );
}
