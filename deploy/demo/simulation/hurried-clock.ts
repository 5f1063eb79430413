import type { Clock } from '@gongfu/shared/base/clock';

/** A clock that goes on to the next task as soon as nothing is left to do now: hours of waiting take no time. */
export class HurriedClock implements Clock {
  readonly #tasks: { readonly at: number; readonly task: () => void }[] = [];
  #ms: number;
  #isDue = false;

  constructor(ms: number) {
    this.#ms = ms;
  }

  now(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#ms + Math.max(0, delayMs), task };
    const place = this.#tasks.findIndex(({ at }) => at > entry.at);
    this.#tasks.splice(place < 0 ? this.#tasks.length : place, 0, entry);
    this.#hurry();
    return () => {
      const at = this.#tasks.indexOf(entry);
      if (at >= 0) this.#tasks.splice(at, 1);
    };
  }

  #hurry(): void {
    if (this.#isDue || this.#tasks.length === 0) return;
    this.#isDue = true;
    // Whatever was promised for now comes first.
    setImmediate(() => {
      this.#isDue = false;
      const next = this.#tasks.shift();
      if (next === undefined) return;
      this.#ms = next.at;
      next.task();
      this.#hurry();
    });
  }
}
