import { Backoff } from '@gongfu/shared/base/backoff';
import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { stalled } from './migration-problems.ts';

export interface PatienceOptions {
  /** So long a single step is tried again before the move ends. */
  readonly limitMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told when the waiting begins, every half minute of it, and when it is over. */
  readonly say: (line: string) => void;
}

const firstWaitMs = 500;
const longestWaitMs = 15_000;
const sayEveryMs = 30_000;

/** Waits through what passes by itself: a server that is away, starts again, has too much to do, or lets nobody in for a while. */
export class Patience {
  readonly #limitMs: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #say: (line: string) => void;

  constructor(options: PatienceOptions) {
    this.#limitMs = options.limitMs;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#say = options.say;
  }

  /** `step` must bear being done twice. @throws Problem `migration-stalled`, and what does not pass by itself */
  async through<T>(step: () => Promise<T>): Promise<T> {
    const backoff = new Backoff({ firstMs: firstWaitMs, maxMs: longestWaitMs, random: this.#random });
    let since: number | undefined;
    let saidMs = Number.NEGATIVE_INFINITY;
    for (;;) {
      try {
        const answer = await step();
        if (since !== undefined) this.#say(`going on after ${this.#secondsSince(since)} s`);
        return answer;
      } catch (error) {
        if (!passes(error)) throw error;
        const now = this.#clock.monotonicMs();
        since ??= now;
        const waitMs = Math.max(backoff.nextMs(), error.retryAfterMs ?? 0);
        if (now + waitMs - since > this.#limitMs) throw stalled(this.#limitMs, error);
        if (now - saidMs >= sayEveryMs) {
          this.#say(
            `waiting (${this.#secondsSince(since)} s of ${Math.round(this.#limitMs / 1000)} s): ${error.message}`,
          );
          saidMs = now;
        }
        await sleep(this.#clock, waitMs);
      }
    }
  }

  #secondsSince(since: number): number {
    return Math.round((this.#clock.monotonicMs() - since) / 1000);
  }
}

/** No page is so large that a server which is well needs longer than it has for a question. */
function passes(error: unknown): error is Problem {
  return error instanceof Problem && (error.reaction === 'retry' || error.code === 'history-query-too-long');
}
