import { Problem } from '@gongfu/shared/base/problem';

/** At 20 ms each they wait four seconds at most. */
const waitingMax = 200;
const retryAfterMs = 3_000;

/** Passwords are hashed one after the other: each takes 19 MiB and a processor for itself, and anybody can ask for it. */
export class HashingQueue {
  readonly #waiting: (() => void)[] = [];
  #running = false;

  /** @throws Problem `sign-in-busy` when too many wait already */
  requireRoom(): void {
    if (this.#waiting.length < waitingMax) return;
    throw new Problem({
      code: 'sign-in-busy',
      detail: 'more people are signing in than passwords can be compared at once',
      advice: `Try again in ${retryAfterMs / 1_000} s.`,
      reaction: 'retry',
      status: 429,
      retryAfterMs,
    });
  }

  /** @throws Problem `sign-in-busy` */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running) {
      this.requireRoom();
      // The one who ends hands its place over, so it stays taken.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running = false;
      else next();
    }
  }
}
