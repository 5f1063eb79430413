import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { BrokerMessage, Will } from '../broker-connection.ts';
import type { RowDelivery } from '../row-delivery.ts';
import { type HostOutcome, rebirthCommand, SparkplugHost } from './host.ts';
import { isNotForHosts, stateTopic } from './topic.ts';

const expireEveryMs = 500;

type Publish = (topic: string, payload: Uint8Array, options: { qos: 0 | 1; retain: boolean }) => Promise<void>;

/** The host application on one broker: its state told, its edge nodes heard, rebirths sent. */
export class HostIntake {
  readonly subscriptions: readonly string[];
  readonly #delivery: RowDelivery;
  readonly #hostId: string;
  readonly #host: SparkplugHost;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #publish: Publish;
  #bornAt = 0;
  #isOnline = false;
  #cancelExpire: (() => void) | undefined;

  constructor(options: {
    delivery: RowDelivery;
    hostId: string;
    groups: readonly string[] | undefined;
    reorderTimeoutMs: number;
    publish: Publish;
    clock: Clock;
    log: Logger;
  }) {
    this.#delivery = options.delivery;
    this.#hostId = options.hostId;
    this.#host = new SparkplugHost({ limits: { reorderTimeoutMs: options.reorderTimeoutMs } });
    this.#publish = options.publish;
    this.#clock = options.clock;
    this.#log = options.log;
    const groups = options.groups?.map((group) => `spBv1.0/${group}/#`) ?? ['spBv1.0/#'];
    this.subscriptions = [...groups, stateTopic(this.#hostId)];
  }

  /** What the broker says of us when the connection breaks. Birth and will of one connection carry the same time. */
  will(): Will {
    this.#bornAt = Math.trunc(this.#clock.now());
    return { topic: stateTopic(this.#hostId), payload: this.#state(false), retain: true };
  }

  async connected(): Promise<void> {
    this.#isOnline = true;
    this.#host.interrupted();
    this.#cancelExpire ??= this.#clock.after(expireEveryMs, () => this.#expire());
    await this.#publish(stateTopic(this.#hostId), this.#state(true), { qos: 1, retain: true });
  }

  async goodbye(): Promise<void> {
    this.#isOnline = false;
    this.stop();
    await this.#publish(stateTopic(this.#hostId), this.#state(false), { qos: 1, retain: true });
  }

  stop(): void {
    this.#cancelExpire?.();
    this.#cancelExpire = undefined;
  }

  async take({ topic, payload, arrivedAt, isRetained }: BrokerMessage): Promise<void> {
    if (topic === stateTopic(this.#hostId)) {
      await this.#contradict(payload);
      return;
    }
    if (isNotForHosts(topic)) return;
    // No message of a node may be retained: one that is tells of a life long past.
    if (isRetained)
      return this.#delivery.reject([{ where: topic, reason: 'retained, as no message of a node may be' }]);
    await this.#finish(this.#host.take(topic, payload, Math.trunc(arrivedAt)), topic);
  }

  /** The will of an earlier connection may come late: nodes that wait for us must not believe it. */
  async #contradict(payload: Uint8Array): Promise<void> {
    if (!this.#isOnline || !/"online"\s*:\s*false/.test(new TextDecoder().decode(payload))) return;
    await this.#publish(stateTopic(this.#hostId), this.#state(true), { qos: 1, retain: true });
  }

  async #finish(outcome: HostOutcome, where: string): Promise<void> {
    for (const { topic, reason } of outcome.rebirths) {
      this.#log.info({ topic, reason }, 'a node is asked to tell its births anew');
      this.#publish(topic, rebirthCommand(Math.trunc(this.#clock.now())), { qos: 0, retain: false }).catch((error) =>
        this.#log.debug({ error: messageOf(error) }, 'a rebirth could not be asked for'),
      );
    }
    this.#delivery.reject(outcome.rejections);
    await this.#delivery.deliver(outcome.readings, where, outcome.gaps);
  }

  #expire(): void {
    const now = Math.trunc(this.#clock.now());
    this.#finish(this.#host.expire(now), 'sparkplug').catch((error: unknown) => {
      this.#log.error({ error: messageOf(error) }, 'readings of Sparkplug nodes were not stored');
    });
    this.#cancelExpire = this.#clock.after(expireEveryMs, () => this.#expire());
  }

  #state(online: boolean): Uint8Array {
    return new TextEncoder().encode(JSON.stringify({ online, timestamp: this.#bornAt }));
  }
}
