import { type PanelItem, type UnknownMachine, unknownMachine } from '#deploy/demo/machine-layout';
import { RandomStream } from '#deploy/demo/simulation/random-stream';
import { WatchedMachine } from '#deploy/demo/watched-machine';
import type { PanelReading, PanelTag } from '#edge/commissioning/panel';
import { type PanelValue, parsePanelValue } from '#edge/commissioning/panel-value';
import type { RegisterImage, RegisterWindow } from '#edge/drivers/modbus/register-image';

/** How long before the first key a person may have looked. */
const lookBackMs = 3_000;
const imageMs = 500;

/** An unknown machine read twice a second while somebody stands before its panel. */
export class MachineScene {
  readonly images: RegisterImage[] = [];
  readonly #machine: WatchedMachine;
  readonly #random: RandomStream;
  #nowMs = 100_000;

  constructor(seed: string, machine: UnknownMachine = unknownMachine(seed)) {
    this.#machine = new WatchedMachine(machine);
    this.#random = new RandomStream(`person ${seed}`);
  }

  get windows(): readonly RegisterWindow[] {
    return this.#machine.windows;
  }

  get panel(): readonly PanelItem[] {
    return this.#machine.panel;
  }

  /** Time goes by, and images are taken. */
  pass(ms: number): void {
    const end = this.#nowMs + ms;
    const last = this.images.at(-1)?.atMs ?? this.#nowMs - imageMs;
    for (let atMs = last + imageMs; atMs <= end; atMs += imageMs) this.images.push(this.#machine.imageAt(atMs));
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
