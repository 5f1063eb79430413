import type { BufferedBatch } from '../buffer/buffer.ts';

/** Batches just appended, still in memory, in order. What does not fit is on disk anyway and goes by the backlog lane. */
export class LiveLane {
  readonly #batchesMax: number;
  readonly #waiting: BufferedBatch[] = [];

  constructor(options: { batchesMax: number }) {
    this.#batchesMax = options.batchesMax;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** The batch that had to give way and is now backlog, if any. */
  add(batch: BufferedBatch): BufferedBatch | undefined {
    this.#waiting.push(batch);
    return this.#waiting.length > this.#batchesMax ? this.#waiting.shift() : undefined;
  }

  next(): BufferedBatch | undefined {
    return this.#waiting.shift();
  }
}
