/** A text that changed is read before it changes again. */
const readMs = 250;

/** When what was heard may be shown: at once, unless a figure of it changed a moment ago, so that none changes more than four times a second. */
export class RepaintPace {
  /** Of what changed a moment ago. */
  readonly #shownAt = new Map<string, number>();
  readonly #changed = new Set<string>();
  #dueAt = Number.NEGATIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;

  /** `ids`: whose figure is another now. Returns when all that has changed by now may be shown together. */
  change(ids: Iterable<string>, now: number): number {
    for (const id of ids) {
      this.#changed.add(id);
      this.#dueAt = Math.max(this.#dueAt, (this.#shownAt.get(id) ?? Number.NEGATIVE_INFINITY) + readMs);
    }
    return Math.max(now, this.#dueAt);
  }

  /** The same figures were heard again: that waits for a change, and else for its turn. */
  repeat(now: number): number {
    return Math.max(now, this.#changed.size > 0 ? this.#dueAt : this.#lastAt + readMs);
  }

  show(now: number): void {
    for (const [id, at] of this.#shownAt) if (at + readMs <= now) this.#shownAt.delete(id);
    for (const id of this.#changed) this.#shownAt.set(id, now);
    this.#changed.clear();
    this.#dueAt = Number.NEGATIVE_INFINITY;
    this.#lastAt = now;
  }
}
