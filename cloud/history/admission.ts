import { Problem } from '@gongfu/shared/base/problem';

/** Lets so many reads run, so many wait, and turns the rest away at once: a crowd of heavy queries never piles up memory. */
export class Admission {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: { runningMax: number; waitingMax: number }) {
    this.#runningMax = options.runningMax;
    this.#waitingMax = options.waitingMax;
  }

  /** @throws Problem `history-busy` */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#runningMax) {
      if (this.#waiting.length >= this.#waitingMax) throw busy();
      // The one who ends hands its place over, so `#running` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

function busy(): Problem {
  return new Problem({
    code: 'history-busy',
    detail: 'the history store is answering as many queries as it can',
    advice: 'Ask again in a moment, for a shorter time or fewer tags.',
    reaction: 'retry',
    status: 429,
    retryAfterMs: 1000,
  });
}
