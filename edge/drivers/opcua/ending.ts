/**
 * The end of something that may last for months, and its reason. A `Promise.race` against a promise that stays open so long would keep
 * what each race gave until it settles; here whoever waits leaves nothing behind.
 */
export class Ending {
  readonly #waiting = new Set<(reason: string) => void>();
  #reason: string | undefined;

  /** The first reason counts. */
  end(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    for (const tell of this.#waiting) tell(reason);
    this.#waiting.clear();
  }

  /** Resolves with the reason. */
  reason(): Promise<string> {
    return new Promise((resolve) => {
      if (this.#reason === undefined) this.#waiting.add(resolve);
      else resolve(this.#reason);
    });
  }

  /** What `work` gives, or `instead` of the reason where the end comes first. */
  before<T, E>(work: Promise<T>, instead: (reason: string) => E): Promise<T | E> {
    return new Promise((resolve, reject) => {
      const tell = (reason: string) => resolve(instead(reason));
      const leave = () => void this.#waiting.delete(tell);
      work.then(resolve, reject).then(leave, leave);
      if (this.#reason === undefined) this.#waiting.add(tell);
      else tell(this.#reason);
    });
  }
}
