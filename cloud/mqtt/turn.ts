import { type Clock, sleep } from '@gongfu/shared/base/clock';

const turnMs = 5;

/**
 * The share of one message in the processor. Where the door refuses all of it at once, nothing is waited for that would give
 * others theirs.
 */
export class Turn {
  readonly #clock: Clock;
  #beganMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganMs = clock.monotonicMs();
  }

  /** Lets everybody else go first when the turn is over, and begins another one. */
  async giveWay(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#beganMs < turnMs) return;
    await sleep(this.#clock, 0);
    this.#beganMs = this.#clock.monotonicMs();
  }
}
