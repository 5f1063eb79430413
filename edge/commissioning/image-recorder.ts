import { type Clock, sleep } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { RegisterImage } from '../drivers/modbus/register-image.ts';

export interface ImageRecorderOptions {
  /** Reads all windows once; rejects when nothing could be read. */
  readonly take: () => Promise<RegisterImage>;
  readonly clock: Clock;
  readonly periodMs: number;
}

/** A source may need a moment before its first answer. */
const firstTries = 4;

/** Keeps what the registers held, image after image, while somebody looks at the panel. */
export class ImageRecorder implements Part {
  readonly images: RegisterImage[] = [];
  readonly #options: ImageRecorderOptions;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ImageRecorderOptions) {
    this.#options = options;
  }

  /** Resolves with the first image taken. @throws whatever `take` does, when there is none */
  async start(): Promise<void> {
    const { take, clock, periodMs } = this.#options;
    for (let tries = 1; this.images.length === 0; tries += 1) {
      try {
        this.images.push(await take());
      } catch (error) {
        if (tries === firstTries) throw error;
        await sleep(clock, periodMs);
      }
    }
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** Resolves when an image of this moment or later is there, or the moment is past by two periods. */
  async reached(ms: number): Promise<void> {
    const { clock, periodMs } = this.#options;
    while (!this.#stopped && this.images.at(-1)!.atMs < ms && clock.now() < ms + 2 * periodMs + 1_000) {
      await sleep(clock, Math.min(periodMs, 200));
    }
  }

  async #run(): Promise<void> {
    const { take, clock, periodMs } = this.#options;
    while (!this.#stopped) {
      const beganMs = clock.monotonicMs();
      // An outage in between leaves a hole; the readings around it still count.
      const image = await take().catch(() => undefined);
      if (image !== undefined) this.images.push(image);
      await sleep(clock, Math.max(50, periodMs - (clock.monotonicMs() - beganMs)));
    }
  }
}
