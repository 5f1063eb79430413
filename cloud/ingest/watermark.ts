/**
 * Sequences received of one (gateway, epoch): ascending ranges, inclusive, never touching each other.
 * Usually one or two; no time window, so a duplicate is recognised after a year too.
 */
export class Watermark {
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  has(sequence: number): boolean {
    const place = this.#placeOf(sequence);
    return place >= 0 && sequence <= this.#lasts[place]!;
  }

  /** Adds first … last, both inclusive; what is known already stays known. */
  add(first: number, last: number): void {
    // Every range that overlaps or touches [first, last] melts into one.
    let from = this.#placeOf(first);
    if (from < 0 || this.#lasts[from]! < first - 1) from += 1;
    let to = from;
    let low = first;
    let high = last;
    while (to < this.#firsts.length && this.#firsts[to]! <= last + 1) {
      low = Math.min(low, this.#firsts[to]!);
      high = Math.max(high, this.#lasts[to]!);
      to += 1;
    }
    this.#firsts.splice(from, to - from, low);
    this.#lasts.splice(from, to - from, high);
  }

  /** What of first … last is not here, ascending, both ends inclusive. */
  missing(first: number, last: number): [number, number][] {
    const missing: [number, number][] = [];
    let next = first;
    for (let place = Math.max(0, this.#placeOf(first)); place < this.#firsts.length; place += 1) {
      const from = this.#firsts[place]!;
      if (from > last) break;
      if (from > next) missing.push([next, from - 1]);
      next = Math.max(next, this.#lasts[place]! + 1);
    }
    if (next <= last) missing.push([next, last]);
    return missing;
  }

  /** The range the sequence lies in, both ends inclusive. */
  rangeOf(sequence: number): [number, number] | undefined {
    const place = this.#placeOf(sequence);
    return place >= 0 && sequence <= this.#lasts[place]! ? [this.#firsts[place]!, this.#lasts[place]!] : undefined;
  }

  ranges(): [number, number][] {
    return this.#firsts.map((first, place) => [first, this.#lasts[place]!]);
  }

  /** Index of the last range that begins at or before the sequence, -1 when none does. */
  #placeOf(sequence: number): number {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firsts[middle]! <= sequence) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
