/** No tag of that number. */
export const absent = -1;

/**
 * Where each tag number stands in the table of its source. The buffer gives numbers one after the other, so one array by
 * number for all sources is small and far quicker than a Map; a number belongs to one source for ever.
 */
export class TagPlaces {
  #indexes = new Int32Array(0);

  /** The tags of a table, in its order. */
  give(numbers: Uint32Array): void {
    const needed = numbers.reduce((max, number) => Math.max(max, number), 0) + 1;
    if (needed > this.#indexes.length) {
      const grown = new Int32Array(needed).fill(absent);
      grown.set(this.#indexes);
      this.#indexes = grown;
    }
    for (const [index, number] of numbers.entries()) this.#indexes[number] = index;
  }

  of(number: number): number {
    return this.#indexes[number] ?? absent;
  }
}
