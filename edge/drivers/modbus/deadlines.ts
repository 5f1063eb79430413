import type { Clock } from '@gongfu/shared/base/clock';

export interface DeadlinesOptions {
  readonly clock: Clock;
  /** Told of each slot whose time is up, once. */
  readonly onExpired: (slot: number, timeoutMs: number) => void;
}

/**
 * How long each request under way may still wait. One timer for all of them that is left running when an answer comes: nearly
 * every request is answered in time, and a timer of its own for each would cost more than the rest of the bookkeeping.
 */
export class Deadlines {
  readonly #options: DeadlinesOptions;
  readonly #waits = new Map<number, { readonly dueMs: number; readonly timeoutMs: number }>();
  #ringsAtMs = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(options: DeadlinesOptions) {
    this.#options = options;
  }

  set(slot: number, timeoutMs: number): void {
    const dueMs = this.#options.clock.monotonicMs() + timeoutMs;
    this.#waits.set(slot, { dueMs, timeoutMs });
    if (dueMs < this.#ringsAtMs) this.#ringAt(dueMs);
  }

  clear(slot: number): void {
    this.#waits.delete(slot);
  }

  end(): void {
    this.#waits.clear();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#ringsAtMs = Number.POSITIVE_INFINITY;
  }

  #ringAt(dueMs: number): void {
    const { clock } = this.#options;
    this.#cancelTimer?.();
    this.#ringsAtMs = dueMs;
    this.#cancelTimer = clock.after(Math.max(0, dueMs - clock.monotonicMs()), () => this.#ring());
  }

  #ring(): void {
    const { clock, onExpired } = this.#options;
    this.#cancelTimer = undefined;
    this.#ringsAtMs = Number.POSITIVE_INFINITY;
    const nowMs = clock.monotonicMs();
    const expired = [...this.#waits].filter(([, { dueMs }]) => dueMs <= nowMs);
    for (const [slot] of expired) this.#waits.delete(slot);
    const nextMs = Math.min(...Array.from(this.#waits.values(), ({ dueMs }) => dueMs));
    if (Number.isFinite(nextMs)) this.#ringAt(nextMs);
    for (const [slot, { timeoutMs }] of expired) onExpired(slot, timeoutMs);
  }
}
