import { Backoff } from '@gongfu/shared/base/backoff';
import { type Clock, sleep } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { GapRecord } from '@gongfu/shared/model/sample';
import type { RowDoor, RowOrigin } from '../doors/row-door.ts';
import type { Reading, Rejection } from './reading.ts';

const noteEveryMs = 60_000;

/** Hands readings to the door until they are durable, and says what was left out: at once the first, then once a minute. */
export class RowDelivery {
  readonly #door: RowDoor;
  readonly #origin: RowOrigin;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #log: Logger;
  #isStopped = false;
  #stored = 0;
  #rejected = 0;
  #notedAt = Number.NEGATIVE_INFINITY;
  #unnoted = 0;

  constructor(options: { door: RowDoor; origin: RowOrigin; clock: Clock; random: () => number; log: Logger }) {
    this.#door = options.door;
    this.#origin = options.origin;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log;
  }

  get counts(): { readonly stored: number; readonly rejected: number } {
    return { stored: this.#stored, rejected: this.#rejected };
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves once all that can be stored is durable. @throws Problem when stopped before that */
  async deliver(readings: readonly Reading[], where: string, gaps: readonly GapRecord[] = []): Promise<void> {
    if (readings.length + gaps.length === 0) return;
    const backoff = new Backoff({ firstMs: 200, maxMs: 10_000, random: this.#random });
    for (;;) {
      try {
        const faults = await this.#door.write(this.#origin, readings, gaps);
        const rejections = faults.flatMap((fault, place): Rejection[] => {
          const { source, name } = readings[place]!;
          return fault === undefined ? [] : [{ where: `${where}: ${source} ${name}`, reason: fault.reason }];
        });
        this.#stored += readings.length - rejections.length;
        this.reject(rejections);
        return;
      } catch (error) {
        if (this.#isStopped || !(error instanceof Problem) || error.reaction !== 'retry') throw error;
        this.#log.warn({ fault: messageOf(error) }, 'readings wait for the history');
        await sleep(this.#clock, Math.max(error.retryAfterMs ?? 0, backoff.nextMs()));
        if (this.#isStopped) throw error;
      }
    }
  }

  reject(rejections: readonly Rejection[]): void {
    if (rejections.length === 0) return;
    this.#rejected += rejections.length;
    this.#unnoted += rejections.length;
    const now = this.#clock.monotonicMs();
    if (now - this.#notedAt < noteEveryMs) return;
    const { where, reason } = rejections[0]!;
    this.#log.warn({ where, reason, count: this.#unnoted }, 'readings were left out');
    this.#notedAt = now;
    this.#unnoted = 0;
  }
}
