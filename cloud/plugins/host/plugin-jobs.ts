import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';

const firstAfterMs = 2_000;
const longestPauseMs = 3_600_000;

/** Runs one job again and again: never twice at once, after a failure with pauses that double. */
export class PluginJobLoop {
  readonly #everyMs: number;
  readonly #run: () => Promise<void>;
  readonly #clock: Clock;
  readonly #log: Logger;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #stopped = true;

  constructor(options: { everyMs: number; run: () => Promise<void>; clock: Clock; log: Logger }) {
    this.#everyMs = options.everyMs;
    this.#run = options.run;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  start(): void {
    this.#stopped = false;
    this.#plan(Math.min(firstAfterMs, this.#everyMs));
  }

  /** Resolves when a run that is on has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  #plan(delayMs: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#running = this.#once();
    });
  }

  async #once(): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    try {
      await this.#run();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#log.warn(
        { error: messageOf(error), failures: this.#failures },
        'a job of a plugin failed; it is tried again',
      );
    }
    const pauseMs = Math.min(
      this.#everyMs * 2 ** Math.min(this.#failures, 10),
      Math.max(longestPauseMs, this.#everyMs),
    );
    this.#plan(Math.max(0, pauseMs - (this.#clock.monotonicMs() - startedMs)));
  }
}
