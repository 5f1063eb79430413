/** Requests at once, and a second, that the busiest page would not reach. */
const burst = 100;
const perSecond = 50;
/** So many over the budget are refused before the connection is cut. */
const patience = 300;

/** How much one client may ask for. Time is monotonic ms. */
export class RequestBudget {
  #left = burst;
  #countedAt = 0;

  spend(monotonicMs: number): 'granted' | 'refused' | 'spent' {
    const earned = ((monotonicMs - this.#countedAt) / 1_000) * perSecond;
    this.#countedAt = monotonicMs;
    this.#left = Math.min(burst, this.#left + earned) - 1;
    if (this.#left >= 0) return 'granted';
    return this.#left > -patience ? 'refused' : 'spent';
  }
}
