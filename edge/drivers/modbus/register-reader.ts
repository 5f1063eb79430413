import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import type { ModbusSource } from './config.ts';
import { ModbusDriver } from './driver.ts';
import { imageOf, type RegisterImage, type RegisterWindow } from './register-image.ts';
import { registerTags, sizeOf, sourceSilent } from './register-tags.ts';

export interface RegisterReaderOptions {
  readonly source: ModbusSource;
  readonly windows: readonly RegisterWindow[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
}

/**
 * Reads whole windows of a source as they are, for who wants to find out what lies in them: a driver whose tags are the single
 * registers. So it reads only, and keeps to the unit, framing, limits and illegal ranges of the source; what the source refuses is left out.
 */
export class RegisterReader {
  readonly #options: RegisterReaderOptions;
  readonly #driver: ModbusDriver;
  readonly #held: (number | null)[];

  constructor(options: RegisterReaderOptions) {
    const { source, windows, clock, log, random } = options;
    this.#options = options;
    const tags = registerTags(source, windows);
    this.#held = Array.from({ length: sizeOf(windows) }, () => null);
    const context = {
      sourceName: 'assist',
      clock,
      log,
      random,
      writer: this.#writer(),
      // No Modbus device tells of conditions.
      conditions: { condition: () => undefined, unwatched: () => undefined, refreshed: () => undefined },
      dataFolder: '',
      midpoint: () => clock.now(),
      follow: () => {
        throw new Error('there are no other tags beside the registers');
      },
    };
    this.#driver = new ModbusDriver(context, { ...source, byteOrder: 'ABCD' }, tags);
  }

  async start(): Promise<void> {
    await this.#driver.start();
  }

  async stop(): Promise<void> {
    await this.#driver.stop();
  }

  /**
   * Reads all windows once. Where nothing can be read the words are null.
   * @throws Problem `assist-source-silent` when nothing at all could be read
   */
  async image(): Promise<RegisterImage> {
    const { windows, clock } = this.#options;
    const askedMs = clock.now();
    for (const group of this.#driver.groups) await this.#driver.poll(group);
    if (this.#held.every((word) => word === null)) throw sourceSilent(this.#driver.health().detail);
    return imageOf(windows, this.#held, (askedMs + clock.now()) / 2);
  }

  #writer(): SampleWriter {
    const hold = (place: number, word: number | null) => {
      this.#held[place] = word;
    };
    return {
      number: (place, _, __, value) => hold(place, value),
      boolean: (place, _, __, value) => hold(place, value ? 1 : 0),
      bad: (place) => hold(place, null),
      wide: () => {},
      text: () => {},
      alive: () => {},
      lost: () => {},
    };
  }
}
