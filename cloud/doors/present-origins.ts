import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import { Problem } from '@gongfu/shared/base/problem';
import type { GapRecord } from '@gongfu/shared/model/sample';
import type { Presence } from '../gateways/presence.ts';
import type { GatewayRecord } from '../records/records.ts';
import type { ForeignRow, RowDoor, RowFault, RowOrigin } from './row-door.ts';

interface Present {
  readonly gateway: GatewayRecord;
  lastSeenMs: number;
  leave: () => void;
}

/**
 * Shows origins among the gateways as what they are: there while rows come, silent after the time their tags count as
 * observed, and shut out when somebody has revoked them.
 */
export class PresentOrigins implements RowDoor, Part {
  readonly #door: RowDoor & { gatewayOf(origin: RowOrigin): Promise<GatewayRecord> };
  readonly #presence: Pick<Presence, 'connected' | 'heard' | 'disconnected' | 'changed'>;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #present = new Map<string, Present>();
  readonly #revoked = new Set<string>();
  #unhear: (() => void) | undefined;
  #isStopped = false;

  constructor(options: {
    door: RowDoor & { gatewayOf(origin: RowOrigin): Promise<GatewayRecord> };
    presence: Pick<Presence, 'connected' | 'heard' | 'disconnected' | 'changed'>;
    clock: Clock;
    onError: (error: unknown) => void;
  }) {
    this.#door = options.door;
    this.#presence = options.presence;
    this.#clock = options.clock;
    this.#onError = options.onError;
  }

  async start(): Promise<void> {
    this.#isStopped = false;
    this.#unhear ??= this.#presence.changed.on(({ gateway: { gatewayId, status } }) => {
      if (status === 'revoked') this.#revoked.add(gatewayId);
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unhear?.();
    this.#unhear = undefined;
    const present = [...this.#present.values()];
    this.#present.clear();
    for (const { leave } of present) leave();
    // When they were last seen is kept beyond the end of the service.
    await Promise.all(present.map(({ gateway }) => this.#presence.disconnected(gateway).catch(this.#onError)));
  }

  /** @throws Problem `gateway-revoked` (403), and what the door throws */
  async write(
    origin: RowOrigin,
    rows: readonly ForeignRow[],
    gaps: readonly GapRecord[] = [],
  ): Promise<readonly (RowFault | undefined)[]> {
    if (rows.length + gaps.length === 0) return [];
    const gateway = await this.#door.gatewayOf(origin);
    if (gateway.status === 'revoked' || this.#revoked.has(gateway._id)) throw revoked(origin);
    const faults = await this.#door.write(origin, rows, gaps);
    // A write that was under way at the stop: nobody would ever say of it that it has gone.
    if (!this.#isStopped) this.#seen(gateway, origin);
    return faults;
  }

  #seen(gateway: GatewayRecord, { maxSilentMs }: RowOrigin): void {
    const known = this.#present.get(gateway._id);
    if (known === undefined) {
      const present = { gateway, lastSeenMs: this.#clock.monotonicMs(), leave: () => {} };
      this.#present.set(gateway._id, present);
      this.#presence.connected(gateway);
      this.#watch(gateway, present, { maxSilentMs, inMs: maxSilentMs });
    } else known.lastSeenMs = this.#clock.monotonicMs();
    this.#presence.heard(gateway._id, null);
  }

  #watch(gateway: GatewayRecord, present: Present, times: { maxSilentMs: number; inMs: number }): void {
    const { maxSilentMs } = times;
    present.leave = this.#clock.after(times.inMs, () => {
      const inMs = present.lastSeenMs + maxSilentMs - this.#clock.monotonicMs();
      if (inMs > 0) return this.#watch(gateway, present, { maxSilentMs, inMs });
      this.#present.delete(gateway._id);
      this.#presence.disconnected(gateway).catch(this.#onError);
    });
  }
}

function revoked({ name }: RowOrigin): Problem {
  return new Problem({
    code: 'gateway-revoked',
    detail: `what comes from ${name} was revoked among the gateways`,
    advice: 'Make a key, or name a broker, of another name if it is to deliver again.',
    reaction: 'stop',
    status: 403,
  });
}
