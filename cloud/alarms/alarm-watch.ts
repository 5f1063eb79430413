import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { Signal } from '@gongfu/shared/base/signal';
import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import type { Records } from '../records/records.ts';
import type { AlarmLog } from './alarm-log.ts';

/** A source that no heartbeat of its gateway has named for so long was removed from it. */
const removedAfterMs = 60_000;
/** What no signal has told, as what happened before the start, is found within this time. */
const lookEveryMs = 60_000;

/** What is heard of a gateway that may end alarms. */
interface HeardGateway {
  readonly gatewayId: string;
  readonly status: 'enrolled' | 'revoked';
  /** The newest of its connection; null: none yet. */
  readonly heartbeat: Pick<Heartbeat, 'sources'> | null;
}

/** Ends what nobody will ever hear of again: alarms of gateways that were revoked, and of sources that were removed. */
export class AlarmWatch implements Part {
  readonly #alarms: Pick<AlarmLog, 'end' | 'open'>;
  readonly #changed: Pick<Signal<{ readonly gateway: HeardGateway }>, 'on'>;
  readonly #records: Pick<Records, 'gateways'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Monotonic ms since when heartbeats have not named a source, by gateway. */
  readonly #unnamed = new Map<string, ReadonlyMap<string, number>>();
  #leave: (() => void) | undefined;
  #cancel: () => void = () => undefined;

  constructor(options: {
    alarms: Pick<AlarmLog, 'end' | 'open'>;
    changed: Pick<Signal<{ readonly gateway: HeardGateway }>, 'on'>;
    records: Pick<Records, 'gateways'>;
    clock: Clock;
    log: Logger;
  }) {
    this.#alarms = options.alarms;
    this.#changed = options.changed;
    this.#records = options.records;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  async start(): Promise<void> {
    if (this.#leave !== undefined) return;
    this.#leave = this.#changed.on(({ gateway }) => void this.#hear(gateway));
    await this.#look();
  }

  async stop(): Promise<void> {
    this.#leave?.();
    this.#leave = undefined;
    this.#cancel();
    this.#unnamed.clear();
  }

  async #hear({ gatewayId, status, heartbeat }: HeardGateway): Promise<void> {
    const sources = this.#alarms.open.sourcesOf(gatewayId);
    if (sources.length === 0) this.#unnamed.delete(gatewayId);
    else if (status === 'revoked') await this.#end(gatewayId, 'gateway-revoked');
    // One that names none says nothing of its sources, as while it starts or only delivers what it has.
    else if (heartbeat !== null && heartbeat.sources.length > 0) {
      const named = new Set(heartbeat.sources.map(({ name }) => name));
      await this.#endUnnamed(
        gatewayId,
        sources.filter((source) => !named.has(source)),
      );
    }
  }

  async #endUnnamed(gatewayId: string, sources: readonly string[]): Promise<void> {
    const now = this.#clock.monotonicMs();
    const before = this.#unnamed.get(gatewayId);
    const since = new Map(sources.map((source) => [source, before?.get(source) ?? now]));
    if (since.size === 0) this.#unnamed.delete(gatewayId);
    else this.#unnamed.set(gatewayId, since);
    for (const [source, at] of since)
      if (now - at >= removedAfterMs) await this.#end(gatewayId, 'source-removed', source);
  }

  /** One that could not be ended is tried again by the next heartbeat or look. */
  async #end(...ended: Parameters<AlarmLog['end']>): Promise<void> {
    try {
      await this.#alarms.end(...ended);
    } catch (error) {
      const [gatewayId, reason] = ended;
      this.#log.warn({ gatewayId, reason, error: messageOf(error) }, 'alarms were not ended, are tried again');
    }
  }

  async #look(): Promise<void> {
    try {
      const { gateways } = this.#alarms.open;
      const revoked =
        gateways.length === 0
          ? []
          : await this.#records.gateways
              .find({ _id: { $in: gateways }, status: 'revoked' })
              .select({ _id: 1 })
              .lean<{ _id: string }[]>();
      for (const { _id } of revoked) await this.#end(_id, 'gateway-revoked');
    } catch (error) {
      this.#log.warn(
        { error: messageOf(error) },
        'alarms of revoked gateways were not looked for, are looked for again',
      );
    }
    if (this.#leave !== undefined) this.#cancel = this.#clock.after(lookEveryMs, () => void this.#look());
  }
}
