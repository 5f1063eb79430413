import { Backoff } from '@gongfu/shared/base/backoff';
import { type Clock, sleep } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { GapRecord } from '@gongfu/shared/model/sample';
import { type RowDoor, type RowOrigin, slicesOf } from '../doors/row-door.ts';
import type { Reading, Rejection } from './reading.ts';
import { Turn } from './turn.ts';

const noteEveryMs = 60_000;
/** Characters of what is told of one: a topic or a name may have 64 thousand. */
const toldMax = 200;

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
  #lastRejection = '';
  #notedAt = Number.NEGATIVE_INFINITY;
  #unnoted = 0;

  constructor(options: { door: RowDoor; origin: RowOrigin; clock: Clock; random: () => number; log: Logger }) {
    this.#door = options.door;
    this.#origin = options.origin;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log;
  }

  get figures(): { readonly stored: number; readonly rejected: number; readonly lastRejection: string } {
    return { stored: this.#stored, rejected: this.#rejected, lastRejection: this.#lastRejection };
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** For a message that is delivered in pieces. */
  turn(): Turn {
    return new Turn(this.#clock);
  }

  /** Resolves once all that can be stored is durable. @throws Problem when stopped before that */
  async deliver(
    readings: readonly Reading[],
    where: string,
    gaps: readonly GapRecord[] = [],
    turn: Turn = this.turn(),
  ): Promise<void> {
    let untold = gaps;
    for (const slice of slicesOf(readings)) {
      await turn.giveWay();
      await this.#deliver(slice, where, untold);
      untold = [];
    }
    if (untold.length > 0) await this.#deliver([], where, untold);
  }

  async #deliver(readings: readonly Reading[], where: string, gaps: readonly GapRecord[]): Promise<void> {
    const backoff = new Backoff({ firstMs: 200, maxMs: 10_000, random: this.#random });
    for (;;) {
      try {
        const faults = await this.#door.write(this.#origin, readings, gaps);
        const refused = faults.filter((fault) => fault !== undefined).length;
        const first = faults.findIndex((fault) => fault !== undefined);
        this.#stored += readings.length - refused;
        if (refused > 0) {
          const { source, name } = readings[first]!;
          this.#leaveOut(refused, { where: `${where}: ${source} ${name}`, reason: faults[first]!.reason });
        }
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
    const [first] = rejections;
    if (first !== undefined) this.#leaveOut(rejections.length, first);
  }

  /** Of so many the first is told. */
  #leaveOut(count: number, first: Rejection): void {
    this.#rejected += count;
    this.#unnoted += count;
    const [where, reason] = [told(first.where), told(first.reason)];
    this.#lastRejection = `${where}: ${reason}`;
    const now = this.#clock.monotonicMs();
    if (now - this.#notedAt < noteEveryMs) return;
    this.#log.warn({ where, reason, count: this.#unnoted }, 'readings were left out');
    this.#notedAt = now;
    this.#unnoted = 0;
  }
}

/** As a text of its own: a piece of a message would hold the message. */
function told(text: string): string {
  return Buffer.from(text.slice(0, toldMax)).toString();
}
