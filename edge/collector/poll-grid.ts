import type { Clock } from '@gongfu/shared/base/clock';
import type { GroupStats } from './collector-types.ts';

export interface PollGridOptions {
  readonly intervalMs: number;
  readonly tags: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly poll: () => Promise<void>;
  /** A poll must not reject; when it does, the grid goes on. */
  readonly onError: (error: unknown) => void;
}

const latenciesKept = 256;
/** Groups do not start all at once; a slow group need not wait its whole period for the first values. */
const phaseMaxMs = 1_000;

/**
 * Polls on a fixed grid of the monotonic clock: slot k is at start + k × interval, however long a poll takes. A poll
 * that runs into later slots skips them, counted, and the next starts on the grid again: never two at once.
 */
export class PollGrid {
  readonly #options: PollGridOptions;
  readonly #latenciesMs = new Float64Array(latenciesKept);
  #pollsTotal = 0;
  #skippedTotal = 0;
  #slotMs = 0;
  #cancelTimer: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(options: PollGridOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, random, intervalMs } = this.#options;
    this.#slotMs = clock.monotonicMs() + random() * Math.min(intervalMs, phaseMaxMs);
    this.#wait();
  }

  /** Resolves when the poll under way, if any, has ended. */
  async stop(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    await this.#running;
  }

  stats(): GroupStats {
    const { intervalMs, tags } = this.#options;
    const sorted = this.#latenciesMs.slice(0, Math.min(this.#pollsTotal, latenciesKept)).sort();
    const quantile = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? null;
    return {
      intervalMs,
      tags,
      pollsTotal: this.#pollsTotal,
      skippedTotal: this.#skippedTotal,
      latencyP50Ms: quantile(0.5),
      latencyP99Ms: quantile(0.99),
    };
  }

  #wait(): void {
    const { clock } = this.#options;
    this.#cancelTimer = clock.after(Math.max(0, this.#slotMs - clock.monotonicMs()), () => {
      this.#running = this.#poll().finally(() => {
        this.#running = undefined;
      });
    });
  }

  async #poll(): Promise<void> {
    const { clock, poll, onError, intervalMs } = this.#options;
    const begunMs = clock.monotonicMs();
    try {
      await poll();
    } catch (error) {
      onError(error);
    }
    const endedMs = clock.monotonicMs();
    this.#latenciesMs[this.#pollsTotal % latenciesKept] = endedMs - begunMs;
    this.#pollsTotal += 1;
    const passed = Math.max(0, Math.floor((endedMs - this.#slotMs) / intervalMs));
    this.#skippedTotal += passed;
    this.#slotMs += (passed + 1) * intervalMs;
    if (this.#cancelTimer !== undefined) this.#wait();
  }
}
