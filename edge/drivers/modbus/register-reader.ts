import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import { areas, formatAddress } from './address.ts';
import type { ModbusSource } from './config.ts';
import { ModbusDriver } from './driver.ts';
import { illegalWithin } from './illegal-ranges.ts';
import type { PlannedTag } from './plan.ts';
import type { RegisterImage, RegisterWindow, WindowImage } from './register-image.ts';

export interface RegisterReaderOptions {
  readonly source: ModbusSource;
  readonly windows: readonly RegisterWindow[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
}

/** For a group whose period nobody keeps: it only bounds how long the driver waits between two attempts to connect. */
const intervalMs = 500;

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
    const addresses = windows.flatMap(({ area, start, count }) =>
      Array.from({ length: count }, (_, place) => ({ area, register: start + place })),
    );
    this.#held = addresses.map(() => null);
    const tags = addresses.flatMap(({ area, register }, number): PlannedTag[] => {
      const place = { unitId: source.unitId, area, start: register, count: 1 };
      if (illegalWithin(source.illegal, place) !== undefined) return [];
      const { bits } = areas[area];
      return [
        {
          number,
          name: formatAddress({ area, register }),
          type: bits ? 'bool' : 'uint16',
          kind: bits ? 'boolean' : 'number',
          intervalMs,
          scale: 1,
          offset: 0,
          address: { area, register },
        },
      ];
    });
    const context = {
      sourceName: 'assist',
      clock,
      log,
      random,
      writer: this.#writer(),
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
    if (this.#held.every((word) => word === null)) throw this.#silent();
    let next = 0;
    const images = windows.map(({ area, start, count }): WindowImage => {
      next += count;
      return { area, start, words: this.#held.slice(next - count, next) };
    });
    return { atMs: (askedMs + clock.now()) / 2, windows: images };
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

  #silent(): Problem {
    const { detail } = this.#driver.health();
    return new Problem({
      code: 'assist-source-silent',
      detail: `nothing could be read from the source${detail === '' ? '' : `: ${detail}`}`,
      advice: 'Check host, port and unit id, and that the window exists: try --from input:0, or another beginning.',
      reaction: 'stop',
    });
  }
}
