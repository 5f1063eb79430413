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
  /** A request is under way that will tell whether the unit is back. */
  readonly probed: boolean;
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

  /** What a request to the unit ends with without being sent; undefined when it is to be sent: of a silent unit one at a time. */
  faultOf(unitId: number): RequestFault | undefined {
    const silence = this.#silences.get(unitId);
    if (silence === undefined) return undefined;
    if (silence.probed || silence.untilMonotonicMs > this.#options.clock.monotonicMs()) return silence.fault;
    this.#silences.set(unitId, { ...silence, probed: true });
    return undefined;
  }

  missed(unitId: number, { message, statusCode }: RequestFault): void {
    const { clock, log, random, units } = this.#options;
    if (units < 2) return;
    const known = this.#silences.get(unitId);
    if (known === undefined) log.warn({ reason: message }, `unit ${unitId} does not answer`);
    const backoff = known?.backoff ?? new Backoff({ firstMs: firstWaitMs, maxMs: maxWaitMs, random });
    const fault = new RequestFault(`unit ${unitId}: ${message}`, statusCode);
    const untilMonotonicMs = clock.monotonicMs() + backoff.nextMs();
    this.#silences.set(unitId, { backoff, fault, untilMonotonicMs, probed: false });
  }

  /** The request to the unit has told nothing about it, as when the connection was lost. */
  untold(unitId: number): void {
    const silence = this.#silences.get(unitId);
    if (silence?.probed === true) this.#silences.set(unitId, { ...silence, probed: false });
  }

  answered(unitId: number): void {
    if (this.#silences.delete(unitId)) this.#options.log.info({}, `unit ${unitId} answers again`);
  }

  /** One phrase for each silent unit. */
  details(): string[] {
    return [...this.#silences.values()].map(({ fault }) => fault.message);
  }
}
