/** What to do with a message by its number: its turn, too early, repeated or late, or too far off to wait for the others. */
export type Place = 'next' | 'early' | 'late' | 'jump';

/**
 * Puts messages numbered 0–255 around and around into their order. One that comes early is held until those before it are
 * there; the owner decides how long.
 */
export class SequenceWindow<T> {
  readonly #reach: number;
  readonly #held = new Map<number, T>();
  #next: number | undefined;
  #isCertain = true;

  constructor(reach: number) {
    this.#reach = reach;
  }

  /** The number that was just taken. What was held of before is dropped. */
  restart(sequence: number): void {
    this.#held.clear();
    this.#isCertain = true;
    this.#next = (sequence + 1) & 255;
  }

  /** Messages may have been missed, nobody knows how many: any number but the next is a jump, not one that is late. */
  interrupt(): void {
    this.#isCertain = false;
  }

  get waits(): boolean {
    return this.#held.size > 0;
  }

  /** What waits for one before it, in no order. */
  held(): readonly T[] {
    return [...this.#held.values()];
  }

  placeOf(sequence: number): Place {
    if (this.#next === undefined) return 'jump';
    const distance = (sequence - this.#next) & 255;
    if (distance === 0) return 'next';
    if (!this.#isCertain) return 'jump';
    if (distance <= this.#reach) return 'early';
    return distance >= 256 - this.#reach ? 'late' : 'jump';
  }

  hold(sequence: number, item: T): void {
    if (!this.#held.has(sequence)) this.#held.set(sequence, item);
  }

  /** The next was taken: gives those held that follow it without a hole. */
  advance(): T[] {
    if (this.#next === undefined) return [];
    this.#isCertain = true;
    this.#next = (this.#next + 1) & 255;
    const ready: T[] = [];
    for (let item = this.#held.get(this.#next); item !== undefined; item = this.#held.get(this.#next)) {
      this.#held.delete(this.#next);
      ready.push(item);
      this.#next = (this.#next + 1) & 255;
    }
    return ready;
  }

  /** Waits no longer: all held, in order, and before which of them others are missing. The next expected follows the last. */
  release(): { item: T; afterHole: boolean }[] {
    const next = this.#next ?? 0;
    const ordered = [...this.#held].sort(([a], [b]) => ((a - next) & 255) - ((b - next) & 255));
    const last = ordered.at(-1);
    if (last !== undefined) this.restart(last[0]);
    let expected = next;
    return ordered.map(([sequence, item]) => {
      const afterHole = sequence !== expected;
      expected = (sequence + 1) & 255;
      return { item, afterHole };
    });
  }
}
