import type { Clock } from '@gongfu/shared/base/clock';

/** A clock that stands still until it is told to go on; tasks run in their order, at their time. */
export class FakeClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  readonly #tasks = new Set<{ at: number; task: () => void }>();

  constructor(nowMs = Date.UTC(2026, 0, 5, 8)) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#monotonicMs + delayMs, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }

  get waiting(): number {
    return this.#tasks.size;
  }

  advance(ms: number): void {
    const end = this.#monotonicMs + ms;
    for (;;) {
      const next = [...this.#tasks].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#tasks.delete(next);
      this.#goTo(next.at);
      next.task();
    }
    this.#goTo(end);
  }

  #goTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}
