import type { Hypothesis } from '#edge/commissioning/layouts';
import type { RegisterImage, RegisterWindow, WindowImage } from '#edge/drivers/modbus/register-image';
import type { MachineTruth, PanelItem, UnknownMachine } from './machine-layout.ts';
import { RegisterImage as PlcMemory } from './register-image.ts';

/** An unknown machine without a wire: what all its registers hold, and what its panel shows, at any moment. */
export class WatchedMachine {
  readonly windows: readonly RegisterWindow[];
  readonly panel: readonly PanelItem[];
  readonly #memory: PlcMemory;

  constructor(machine: UnknownMachine) {
    this.#memory = new PlcMemory(machine);
    this.panel = machine.panel;
    this.windows = machine.blocks.map(({ table, first, count }) => ({ area: table, start: first, count }));
  }

  imageAt(atMs: number): RegisterImage {
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
