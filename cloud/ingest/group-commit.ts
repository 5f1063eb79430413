import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { AdmittedBatch, HistoryStore } from '../history/history-store.ts';

export interface GroupCommitLimits {
  /** How long the first batch of a group waits for others, ms. */
  readonly delayMs: number;
  /** A group is closed at this many samples. */
  readonly groupSamplesMax: number;
  /** Appends on the way to the store at once: the next group is handed over while the last commits. */
  readonly appendsMax: number;
}

interface Waiting {
  readonly batch: AdmittedBatch;
  readonly samples: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Many batches, one commit: the disk is asked to be durable once a group, not once a batch. */
export class GroupCommit {
  readonly #history: Pick<HistoryStore, 'append'>;
  readonly #clock: Clock;
  readonly #limits: GroupCommitLimits;
  #waiting: Waiting[] = [];
  #waitingSamples = 0;
  #appends = 0;
  #due: (() => void) | undefined;
  #idle: (() => void)[] = [];
  #stopped = false;

  constructor(options: { history: Pick<HistoryStore, 'append'>; clock: Clock; limits: GroupCommitLimits }) {
    this.#history = options.history;
    this.#clock = options.clock;
    this.#limits = options.limits;
  }

  start(): void {
    this.#stopped = false;
  }

  /** Resolves when everything handed in has been answered; later batches are refused. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#appends === 0 && this.#waiting.length === 0) return;
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#flush();
    await idle;
  }

  /** Resolves once the batch is durable. @throws what the store throws. */
  commit(batch: AdmittedBatch, samples: number): Promise<void> {
    if (this.#stopped) return Promise.reject(stopping());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, samples, resolve, reject });
      this.#waitingSamples += samples;
      if (this.#waitingSamples >= this.#limits.groupSamplesMax) this.#flush();
      else this.#due ??= this.#clock.after(this.#limits.delayMs, () => this.#flush());
    });
  }

  #flush(): void {
    this.#due?.();
    this.#due = undefined;
    if (this.#waiting.length === 0 || this.#appends >= this.#limits.appendsMax) return;
    const group = this.#takeGroup();
    this.#appends += 1;
    this.#history
      .append(group.map(({ batch }) => batch))
      .then(
        () => group.forEach((waiting) => void waiting.resolve()),
        (error: unknown) => group.forEach((waiting) => void waiting.reject(error)),
      )
      .finally(() => this.#appended());
    if (this.#waitingSamples >= this.#limits.groupSamplesMax) this.#flush();
  }

  #appended(): void {
    this.#appends -= 1;
    // Whatever came in meanwhile has waited long enough.
    if (this.#waiting.length > 0) this.#flush();
    if (this.#appends > 0 || this.#waiting.length > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #takeGroup(): Waiting[] {
    let samples = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || samples < this.#limits.groupSamplesMax)) {
      samples += this.#waiting[count]!.samples;
      count += 1;
    }
    const group = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#waitingSamples -= samples;
    return group;
  }
}

function stopping(): Problem {
  return new Problem({
    code: 'ingest-stopping',
    detail: 'the service is stopping',
    advice: 'The gateway keeps the batch and sends it again.',
    reaction: 'retry',
    status: 503,
    retryAfterMs: 2000,
  });
}
