/** Full-jitter exponential back-off: the n-th wait is random in [floor, min(max, first × 2^n)]. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #attempt = 0;

  constructor(options: { firstMs: number; maxMs: number; random: () => number }) {
    this.#firstMs = options.firstMs;
    this.#maxMs = options.maxMs;
    this.#random = options.random;
  }

  nextMs(): number {
    const ceiling = Math.min(this.#maxMs, this.#firstMs * 2 ** this.#attempt);
    this.#attempt += 1;
    return Math.max(this.#firstMs / 2, this.#random() * ceiling);
  }

  reset(): void {
    this.#attempt = 0;
  }
}
