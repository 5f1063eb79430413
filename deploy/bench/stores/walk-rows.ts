/** So many tags, numbered from `firstTag`, each sampled so many times. */
export interface RowSet {
  readonly firstTag: number;
  readonly tags: number;
  readonly rounds: number;
  /** Of the first round, epoch ms. */
  readonly from: number;
  readonly intervalMs: number;
}

/** Rows of all tags in turn, each a quantised random walk of two decimals: the same for every store that is filled from it. */
export class WalkRows {
  readonly #set: Omit<RowSet, 'firstTag'>;
  readonly #walks: Int32Array;
  #round = 0;
  #state = 1;

  constructor(set: Omit<RowSet, 'firstTag'>) {
    this.#set = set;
    this.#walks = new Int32Array(set.tags).fill(5000);
  }

  /** Some rounds of all tags; undefined when all were given. Row r is tag `r % tags` (from 0) at `times[r]`. */
  next(rounds: number): { times: Float64Array; values: Float64Array } | undefined {
    const { tags, from, intervalMs } = this.#set;
    const count = Math.min(rounds, this.#set.rounds - this.#round);
    if (count <= 0) return undefined;
    const times = new Float64Array(count * tags);
    const values = new Float64Array(count * tags);
    for (let row = 0; row < values.length; row += 1) {
      const tag = row % tags;
      this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
      this.#walks[tag]! += Math.round((this.#state / 2 ** 32) * 20 - 10);
      times[row] = from + (this.#round + Math.floor(row / tags)) * intervalMs;
      values[row] = this.#walks[tag]! / 100;
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
