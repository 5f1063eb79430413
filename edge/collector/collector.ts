import type { CollectorOptions, LastValue, SourceStats } from './collector-types.ts';

/** Owns the drivers: polls them on a fixed grid, thins what they deliver, and hands it to the sink in columns. */
export class Collector {
  readonly #options: CollectorOptions;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    void this.#options;
  }

  async stop(): Promise<void> {}

  stats(): SourceStats[] {
    return [];
  }

  lastValues(): LastValue[] {
    return [];
  }
}
