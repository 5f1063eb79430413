const slotMs = 5_000;
const slots = 12;

/** How many there were within the last minute, to five seconds. */
export class MinuteCount {
  readonly #counts = new Array<number>(slots).fill(0);
  #slot = 0;

  /** `now`: monotonic ms, never less than before. */
  add(now: number): void {
    this.#forward(now);
    this.#counts[this.#slot % slots]! += 1;
  }

  total(now: number): number {
    this.#forward(now);
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #forward(now: number): void {
    const slot = Math.floor(now / slotMs);
    const passed = Math.min(slots, slot - this.#slot);
    for (let step = 0; step < passed; step += 1) this.#counts[(slot - step) % slots] = 0;
    this.#slot = slot;
  }
}
