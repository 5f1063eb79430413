import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { IClientOptions } from 'mqtt';
import type { RowDoor } from '../doors/row-door.ts';
import { BrokerConnection, type BrokerMessage } from './broker-connection.ts';
import { connectionTo, messageBytesMax, shownUrl } from './connection-settings.ts';
import type { ConnectionStatus } from './connection-status.ts';
import type { BrokerConfig } from './mqtt-config.ts';
import { PlainIntake } from './plain-intake.ts';
import { RowDelivery } from './row-delivery.ts';
import { HostIntake } from './sparkplug/host-intake.ts';

interface Way {
  readonly connection: BrokerConnection;
  readonly delivery: RowDelivery;
}

/**
 * What is taken from one broker. Plain messages come over a session the broker keeps while we are away; a Sparkplug host
 * must begin a clean one each time, so it has a connection of its own.
 */
export class BrokerIntake implements Part {
  readonly #config: BrokerConfig;
  readonly #tenantId: string;
  readonly #credentials: IClientOptions;
  readonly #newDelivery: () => RowDelivery;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #log: Logger;
  #plain: Way | undefined;
  #sparkplug: (Way & { readonly host: HostIntake }) | undefined;

  constructor(options: {
    config: BrokerConfig;
    tenantId: string;
    credentials: IClientOptions;
    door: RowDoor;
    clock: Clock;
    random: () => number;
    log: Logger;
  }) {
    const { config, tenantId, door, clock, random } = options;
    this.#config = config;
    this.#tenantId = tenantId;
    this.#credentials = options.credentials;
    this.#clock = clock;
    this.#random = random;
    this.#log = options.log.child({ broker: config.name });
    const origin = { tenantId, name: `mqtt:${config.name}`, maxSilentMs: config.maxSilent };
    this.#newDelivery = () => new RowDelivery({ door, origin, clock, random, log: this.#log });
  }

  /** Does not wait for the broker: one that is away keeps nobody from starting. */
  async start(): Promise<void> {
    const credentials = this.#credentials;
    const { topics, thingsBoard, sparkplug } = this.#config;
    if (topics.length > 0 || thingsBoard !== undefined) await this.#startPlain(credentials);
    if (sparkplug !== undefined) await this.#startSparkplug(credentials, sparkplug);
  }

  async stop(): Promise<void> {
    const { connection, host } = this.#sparkplug ?? {};
    await Promise.all([this.#plain?.connection.stop(), connection?.stop(() => host!.goodbye())]);
    this.#plain?.delivery.stop();
    this.#sparkplug?.delivery.stop();
    host?.stop();
  }

  connections(): ConnectionStatus[] {
    const { name: broker } = this.#config;
    const url = shownUrl(this.#config.url);
    const ways = [
      { use: 'topics', way: this.#plain },
      { use: 'sparkplug-host', way: this.#sparkplug },
    ] as const;
    return ways.flatMap(({ use, way }) => {
      if (way === undefined) return [];
      const { figures, inFlight: waiting, lost: dropped } = way.connection;
      const { stored: samples, rejected: refused, lastRejection: refusal } = way.delivery.figures;
      return [{ tenantId: this.#tenantId, broker, use, url, ...figures, samples, refused, refusal, dropped, waiting }];
    });
  }

  async #startPlain(credentials: IClientOptions): Promise<void> {
    const { topics, thingsBoard, version, sessionExpiry } = this.#config;
    const delivery = this.#newDelivery();
    const intake = new PlainIntake({
      ...{ delivery, topics, thingsBoard },
      answer: (topic, text) =>
        connection
          .publish(topic, Buffer.from(text), { qos: 1, retain: false })
          .catch((error: unknown) => this.#log.warn({ topic, error: messageOf(error) }, 'a question was not answered')),
    });
    const expiry = version === 5 ? { properties: { sessionExpiryInterval: Math.trunc(sessionExpiry / 1000) } } : {};
    const connection = new BrokerConnection({
      ...this.#connection({ ...credentials, clean: false, ...expiry }, ''),
      subscriptions: intake.subscriptions,
      take: unlessTooLarge(delivery, (message) => intake.take(message)),
    });
    this.#plain = { connection, delivery };
    await connection.start();
  }

  async #startSparkplug(
    credentials: IClientOptions,
    { hostId, groups, reorderTimeout }: NonNullable<BrokerConfig['sparkplug']>,
  ): Promise<void> {
    const delivery = this.#newDelivery();
    const host = new HostIntake({
      delivery,
      hostId,
      groups,
      reorderTimeoutMs: reorderTimeout,
      publish: (...message) => connection.publish(...message),
      clock: this.#clock,
      log: this.#log,
    });
    const connection = new BrokerConnection({
      ...this.#connection({ ...credentials, clean: true }, '-host'),
      subscriptions: host.subscriptions,
      take: unlessTooLarge(delivery, (message) => host.take(message)),
      will: () => host.will(),
      onConnected: () => host.connected(),
    });
    this.#sparkplug = { connection, delivery, host };
    await connection.start();
  }

  #connection(client: IClientOptions, suffix: string) {
    const [clock, random] = [this.#clock, this.#random];
    return connectionTo(this.#config, { tenantId: this.#tenantId, client, suffix, clock, random, log: this.#log });
  }
}

/** A broker is told how much we take only with MQTT 5. */
function unlessTooLarge(
  delivery: RowDelivery,
  take: (message: BrokerMessage) => Promise<void>,
): (message: BrokerMessage) => Promise<void> {
  return async (message) => {
    const { topic, payload } = message;
    if (payload.length <= messageBytesMax) return take(message);
    delivery.reject([{ where: topic, reason: `a message of ${payload.length} bytes, at most ${messageBytesMax}` }]);
  };
}
