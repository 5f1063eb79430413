import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { RequestFault } from './request-fault.ts';

export interface SilentUnitsOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** Number of unit ids behind the connection. */
  readonly units: number;
}

interface Silence {
  readonly backoff: Backoff;
  readonly fault: RequestFault;
  readonly untilMonotonicMs: number;
}

const firstWaitMs = 1_000;
const maxWaitMs = 30_000;

/**
 * Units behind one gateway that do not answer are left alone for a while, so that each of their requests does not cost
 * the other units a time-out. Where there is one unit only, the connection's own back-off does that.
 */
export class SilentUnits {
  readonly #options: SilentUnitsOptions;
  readonly #silences = new Map<number, Silence>();

  constructor(options: SilentUnitsOptions) {
    this.#options = options;
  }

  /** What a request to the unit ends with without being sent; undefined when it is to be sent. */
  faultOf(unitId: number): RequestFault | undefined {
    const silence = this.#silences.get(unitId);
    if (silence === undefined || silence.untilMonotonicMs <= this.#options.clock.monotonicMs()) return undefined;
    return silence.fault;
  }

  missed(unitId: number, { message, statusCode }: RequestFault): void {
    const { clock, log, random, units } = this.#options;
    if (units < 2) return;
    const known = this.#silences.get(unitId);
    if (known === undefined) log.warn({ reason: message }, `unit ${unitId} does not answer`);
    const backoff = known?.backoff ?? new Backoff({ firstMs: firstWaitMs, maxMs: maxWaitMs, random });
    const fault = new RequestFault(`unit ${unitId}: ${message}`, statusCode);
    this.#silences.set(unitId, { backoff, fault, untilMonotonicMs: clock.monotonicMs() + backoff.nextMs() });
  }

  answered(unitId: number): void {
    if (this.#silences.delete(unitId)) this.#options.log.info({}, `unit ${unitId} answers again`);
  }

  /** One phrase for each silent unit. */
  details(): string[] {
    return [...this.#silences.values()].map(({ fault }) => fault.message);
  }
}
