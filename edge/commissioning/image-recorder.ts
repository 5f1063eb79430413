import { type Clock, sleep } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { RegisterImage } from '../drivers/modbus/register-image.ts';

export interface ImageRecorderOptions {
  /** Reads all windows once; rejects when nothing could be read. */
  readonly take: () => Promise<RegisterImage>;
  readonly clock: Clock;
  readonly periodMs: number;
  /** Hears of each image, where somebody else keeps them. */
  readonly onImage?: (image: RegisterImage) => void;
  /** Newest images kept here; all of them unless told. */
  readonly keptMax?: number;
}

/** A source may need a moment before its first answer. */
const firstTries = 4;

/** Keeps what the registers held, image after image, while somebody looks at the panel. */
export class ImageRecorder implements Part {
  readonly images: RegisterImage[] = [];
  /** Why the last attempt brought no image; undefined after one that did. */
  fault: unknown;
  readonly #options: ImageRecorderOptions;
  #tookMs = 0;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ImageRecorderOptions) {
    this.#options = options;
  }

  /** Time from one image to the next: the period, or what a slow source needs. */
  get paceMs(): number {
    return Math.max(this.#options.periodMs, this.#tookMs);
  }

  /** Resolves with the first image taken. @throws whatever `take` does, when there is none */
  async start(): Promise<void> {
    const { take, clock, periodMs } = this.#options;
    for (let tries = 1; this.images.length === 0; tries += 1) {
      try {
        this.#keep(await take());
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

  /** Resolves when an image of this moment or later is there, or the moment is past by the time of two. */
  async reached(ms: number): Promise<void> {
    const { clock, periodMs } = this.#options;
    while (!this.#stopped && this.images.at(-1)!.atMs < ms && clock.now() < ms + 2 * this.paceMs + 1_000) {
      await sleep(clock, Math.min(periodMs, 200));
    }
  }

  async #run(): Promise<void> {
    const { take, clock, periodMs } = this.#options;
    while (!this.#stopped) {
      const beganMs = clock.monotonicMs();
      // An outage in between leaves a hole; the readings around it still count.
      try {
        this.#keep(await take());
        this.#tookMs = clock.monotonicMs() - beganMs;
      } catch (error) {
        this.fault = error;
      }
      await sleep(clock, Math.max(50, periodMs - (clock.monotonicMs() - beganMs)));
    }
  }

  #keep(image: RegisterImage): void {
    const { onImage, keptMax } = this.#options;
    this.fault = undefined;
    this.images.push(image);
    if (keptMax !== undefined && this.images.length > keptMax) this.images.shift();
    onImage?.(image);
  }
}
