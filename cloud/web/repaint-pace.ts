/** A text that changed is read before it changes again. */
const readMs = 250;

/** When what has changed may be shown: at once, unless something of it was shown a moment ago, so that no figure changes more than four times a second. */
export class RepaintPace {
  /** Of what was shown a moment ago. */
  readonly #shownAt = new Map<string, number>();
  readonly #changed = new Set<string>();
  #dueAt = Number.NEGATIVE_INFINITY;

  /** Returns when all that has changed by now may be shown together. */
  change(ids: Iterable<string>, now: number): number {
    for (const id of ids) {
      this.#changed.add(id);
      this.#dueAt = Math.max(this.#dueAt, (this.#shownAt.get(id) ?? Number.NEGATIVE_INFINITY) + readMs);
    }
    return Math.max(now, this.#dueAt);
  }

  show(now: number): void {
    for (const [id, at] of this.#shownAt) if (at + readMs <= now) this.#shownAt.delete(id);
    for (const id of this.#changed) this.#shownAt.set(id, now);
    this.#changed.clear();
    this.#dueAt = Number.NEGATIVE_INFINITY;
  }
}
