import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import type { IClientOptions } from 'mqtt';
import type { RowDoor } from '../doors/row-door.ts';
import { BrokerConnection } from './broker-connection.ts';
import { connectionTo } from './connection-settings.ts';
import type { BrokerConfig } from './mqtt-config.ts';
import { PlainIntake } from './plain-intake.ts';
import { RowDelivery } from './row-delivery.ts';
import { HostIntake } from './sparkplug/host-intake.ts';

/**
 * What is taken from one broker. Plain messages come over a session the broker keeps while we are away; a Sparkplug host
 * must begin a clean one each time, so it has a connection of its own.
 */
export class BrokerIntake implements Part {
  readonly #config: BrokerConfig;
  readonly #tenantId: string;
  readonly #credentials: IClientOptions;
  readonly #delivery: RowDelivery;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #log: Logger;
  #plain: BrokerConnection | undefined;
  #sparkplug: { readonly connection: BrokerConnection; readonly host: HostIntake } | undefined;

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
    this.#delivery = new RowDelivery({ door, origin, clock, random, log: this.#log });
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
    await Promise.all([this.#plain?.stop(), connection?.stop(() => host!.goodbye())]);
    this.#delivery.stop();
    host?.stop();
  }

  async #startPlain(credentials: IClientOptions): Promise<void> {
    const { topics, thingsBoard, version, sessionExpiry } = this.#config;
    const intake = new PlainIntake({ delivery: this.#delivery, topics, thingsBoard });
    const expiry = version === 5 ? { properties: { sessionExpiryInterval: Math.trunc(sessionExpiry / 1000) } } : {};
    this.#plain = new BrokerConnection({
      ...this.#connection({ ...credentials, clean: false, ...expiry }, ''),
      subscriptions: intake.subscriptions,
      take: (message) => intake.take(message),
    });
    await this.#plain.start();
  }

  async #startSparkplug(
    credentials: IClientOptions,
    { hostId, groups, reorderTimeout }: NonNullable<BrokerConfig['sparkplug']>,
  ): Promise<void> {
    const host = new HostIntake({
      delivery: this.#delivery,
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
      take: (message) => host.take(message),
      will: () => host.will(),
      onConnected: () => host.connected(),
    });
    this.#sparkplug = { connection, host };
    await connection.start();
  }

  #connection(client: IClientOptions, suffix: string) {
    const [clock, random] = [this.#clock, this.#random];
    return connectionTo(this.#config, { tenantId: this.#tenantId, client, suffix, clock, random, log: this.#log });
  }
}
