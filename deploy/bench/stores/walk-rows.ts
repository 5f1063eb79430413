/** Rows of all tags in turn, each a quantised random walk of two decimals: the same for every store that is filled from it. */
export class WalkRows {
  readonly tags: number;
  readonly from: number;
  readonly intervalMs: number;
  /** Per tag, of all that was given so far. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  readonly #rounds: number;
  readonly #walks: Int32Array;
  #round = 0;
  #state = 1;

  constructor({ tags, rounds, from, intervalMs }: { tags: number; rounds: number; from: number; intervalMs: number }) {
    this.tags = tags;
    this.from = from;
    this.intervalMs = intervalMs;
    this.#rounds = rounds;
    this.#walks = new Int32Array(tags).fill(5000);
    this.lowest = new Float64Array(tags).fill(Number.POSITIVE_INFINITY);
    this.highest = new Float64Array(tags).fill(Number.NEGATIVE_INFINITY);
  }

  get rows(): number {
    return this.tags * this.#rounds;
  }

  /** Some rounds of all tags; undefined when all were given. Row r is tag `r % tags` (from 0) at `times[r]`. */
  next(rounds: number): { times: Float64Array; values: Float64Array } | undefined {
    const count = Math.min(rounds, this.#rounds - this.#round);
    if (count <= 0) return undefined;
    const times = new Float64Array(count * this.tags);
    const values = new Float64Array(count * this.tags);
    for (let row = 0; row < values.length; row += 1) {
      const tag = row % this.tags;
      this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
      this.#walks[tag]! += Math.round((this.#state / 2 ** 32) * 20 - 10);
      const value = this.#walks[tag]! / 100;
      times[row] = this.from + (this.#round + Math.floor(row / this.tags)) * this.intervalMs;
      values[row] = value;
      if (value < this.lowest[tag]!) this.lowest[tag] = value;
      if (value > this.highest[tag]!) this.highest[tag] = value;
    }
    this.#round += count;
    return { times, values };
  }
}

/** As line protocol in milliseconds, measurement `s`, tag `t`, field `v`. */
export function linesOf(
  { times, values }: { times: Float64Array; values: Float64Array },
  tags: number,
  firstTag: number,
): string {
  let text = '';
  for (let row = 0; row < values.length; row += 1)
    text += `s,t=${firstTag + (row % tags)} v=${values[row]} ${times[row]}\n`;
  return text;
}
