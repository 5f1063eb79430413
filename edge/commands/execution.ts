import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import type { Value } from '@gongfu/shared/model/value-type';
import type { Driver, Reading, WriteAnswer } from '@gongfu/shared/sdk/driver';
import type { CommandCode } from '@gongfu/shared/wire/command';
import type { AllowedTag, Guard } from './allow-list.ts';
import { expiryRefusal, guardRefusal, type Order, type Refusal, reloading } from './guard.ts';

export interface Verdict {
  readonly code: CommandCode;
  readonly detail: string;
  /** What the source holds afterwards; null where that is not known or nothing was sent. */
  readonly readBack: Value;
}

/** The driver of a source; undefined while it does not run. */
export type DriverOf = (source: string) => Pick<Driver, 'readOne' | 'write'> | undefined;

/** An interlock of another source counts so long after it was read. */
const guardAgeMaxMs = 1_000;
const guardAttemptsMax = 3;
/** A PLC takes a value over at the end of its cycle: it is asked so often, until it shows it. */
const readBackAfterMs = [0, 20, 50, 100, 200, 300, 400];

/** Carries one order out, once: interlocks read, expiry and interlocks asked before the first byte, the value read back. */
export class Execution {
  readonly #clock: Clock;
  readonly #driverOf: DriverOf;

  constructor(options: { clock: Clock; driverOf: DriverOf }) {
    this.#clock = options.clock;
    this.#driverOf = options.driverOf;
  }

  /** Never rejects for a fault of a source. */
  async run(order: Order): Promise<Verdict> {
    const { allowed } = order;
    const answer = await this.#write(order);
    if ('code' in answer) return refused(answer);
    switch (answer.outcome) {
      case 'confirmed':
        return this.#confirmed(allowed, answer.held);
      case 'called':
        return this.#called(allowed, answer);
      case 'refused':
        return { code: 'source-refused', detail: answer.detail, readBack: await this.readBack(allowed) };
      case 'unanswered':
        return { code: 'no-answer', detail: answer.detail, readBack: await this.readBack(allowed) };
    }
  }

  /**
   * What the source holds now, asked for several times where it does not answer, or does not hold `wanted` yet; null where
   * it could not be read.
   */
  async readBack({ source, tag }: AllowedTag, wanted?: NonNullable<Value>): Promise<Value> {
    let read: Value = null;
    for (const afterMs of readBackAfterMs) {
      if (afterMs > 0) await sleep(this.#clock, afterMs);
      const reading = await this.#read(source, tag.number);
      if (isBad(reading.status)) continue;
      read = reading.value;
      if (wanted === undefined || read === wanted) break;
    }
    return read;
  }

  async #write(order: Order): Promise<Exclude<WriteAnswer, { outcome: 'unsent' }> | Refusal> {
    const { allowed, value } = order;
    const near = allowed.guards.filter(({ source }) => source === allowed.source);
    const far = allowed.guards.filter(({ source }) => source !== allowed.source);
    for (let attempt = 1; ; attempt += 1) {
      const readMs = this.#clock.monotonicMs();
      const farReadings = await Promise.all(far.map(({ source, guard }) => this.#read(source, guard.number)));
      let refusal: Refusal | undefined;
      let stale = false;
      const permit = (nearReadings: readonly Reading[]): string | undefined => {
        stale = far.length > 0 && this.#clock.monotonicMs() - readMs > guardAgeMaxMs;
        refusal = this.#refusal(order, [...near, ...far], [...nearReadings, ...farReadings], stale);
        return refusal?.detail;
      };
      if (!order.isCurrent()) return reloading;
      const answer = await this.#driverOf(allowed.source)?.write?.({
        tag: allowed.tag.number,
        value,
        guards: near.map(({ guard }) => guard.number),
        permit,
      });
      if (answer === undefined)
        return { code: 'source-down', detail: `${allowed.source} does not run, or cannot write` };
      if (answer.outcome !== 'unsent') return answer;
      if (answer.reason !== 'withheld') return { code: answer.reason, detail: answer.detail };
      if (!stale || refusal?.code !== 'interlock-unknown' || attempt === guardAttemptsMax) return refusal!;
    }
  }

  #refusal(order: Order, guards: readonly Guard[], readings: readonly Reading[], stale: boolean): Refusal | undefined {
    if (!order.isCurrent()) return reloading;
    const now = { wallMs: this.#clock.now(), monotonicMs: this.#clock.monotonicMs() };
    const expired = expiryRefusal(order, now);
    if (expired !== undefined) return expired;
    for (const [place, guard] of guards.entries()) {
      const refusal = guardRefusal(guard, readings[place]!);
      if (refusal !== undefined) return refusal;
    }
    if (stale)
      return { code: 'interlock-unknown', detail: `an interlock was read longer than ${guardAgeMaxMs} ms ago` };
    return undefined;
  }

  async #read(source: string, tag: number): Promise<Reading> {
    return (await this.#driverOf(source)?.readOne?.(tag)) ?? { status: StatusCode.BadNoCommunication, value: null };
  }

  /** What a method does need not show in the tag: only where it does is it told as written. */
  async #called(
    allowed: AllowedTag,
    { held, detail }: { readonly held: NonNullable<Value>; readonly detail: string },
  ): Promise<Verdict> {
    const readBack = await this.readBack(allowed, held);
    if (readBack === held) return { code: 'written', detail, readBack };
    const more = detail === '' ? '' : `, ${detail}`;
    return {
      code: 'done-unverified',
      detail: `the source called the method${more}; the tag does not show what came of it`,
      readBack,
    };
  }

  async #confirmed(allowed: AllowedTag, held: NonNullable<Value>): Promise<Verdict> {
    const readBack = await this.readBack(allowed, held);
    if (readBack === held) return { code: 'written', detail: '', readBack };
    if (readBack !== null)
      return { code: 'read-back-differs', detail: `the source confirmed ${held} and holds ${readBack}`, readBack };
    return { code: 'read-back-failed', detail: 'the source confirmed it and could not be read then', readBack };
  }
}

function refused({ code, detail }: Refusal): Verdict {
  return { code, detail, readBack: null };
}
