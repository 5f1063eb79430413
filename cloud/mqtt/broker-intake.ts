import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import type { ProblemPlace } from '@gongfu/shared/base/problem';
import type { IClientOptions } from 'mqtt';
import type { RowDoor } from '../doors/row-door.ts';
import { BrokerConnection } from './broker-connection.ts';
import { credentialsOf } from './broker-credentials.ts';
import type { BrokerConfig } from './mqtt-config.ts';
import { PlainIntake } from './plain-intake.ts';
import { RowDelivery } from './row-delivery.ts';
import { HostIntake } from './sparkplug/host-intake.ts';

export interface BrokerStatus {
  readonly name: string;
  readonly tenantId: string;
  readonly connected: boolean;
  /** Why it is not connected. */
  readonly fault: string;
  readonly stored: number;
  readonly rejected: number;
  readonly lost: number;
}

const messageBytesMax = 4 * 1024 ** 2;

/**
 * What is taken from one broker. Plain messages come over a session the broker keeps while we are away; a Sparkplug host
 * must begin a clean one each time, so it has a connection of its own.
 */
export class BrokerIntake implements Part {
  readonly #config: BrokerConfig;
  readonly #tenantId: string;
  readonly #delivery: RowDelivery;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #log: Logger;
  #credentials: IClientOptions = {};
  #plain: BrokerConnection | undefined;
  #sparkplug: { readonly connection: BrokerConnection; readonly host: HostIntake } | undefined;

  constructor(options: {
    config: BrokerConfig;
    tenantId: string;
    door: RowDoor;
    clock: Clock;
    random: () => number;
    log: Logger;
  }) {
    const { config, tenantId, door, clock, random } = options;
    this.#config = config;
    this.#tenantId = tenantId;
    this.#clock = clock;
    this.#random = random;
    this.#log = options.log.child({ broker: config.name });
    const origin = { tenantId, name: `mqtt:${config.name}`, maxSilentMs: config.maxSilent };
    this.#delivery = new RowDelivery({ door, origin, clock, random, log: this.#log });
  }

  /** Returns the files that cannot be read. */
  readFiles(): readonly ProblemPlace[] {
    const { credentials, unreadable } = credentialsOf(this.#config);
    this.#credentials = credentials;
    return unreadable;
  }

  /** Does not wait for the broker: one that is away keeps nobody from starting. The files must have been read. */
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

  status(): BrokerStatus {
    const connections = [this.#plain, this.#sparkplug?.connection].filter((one) => one !== undefined);
    return {
      name: this.#config.name,
      tenantId: this.#tenantId,
      connected: connections.length > 0 && connections.every(({ isConnected }) => isConnected),
      fault: connections.find(({ fault }) => fault !== '')?.fault ?? '',
      ...this.#delivery.counts,
      lost: connections.reduce((sum, { lost }) => sum + lost, 0),
    };
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
    const { url, version, keepAlive, name } = this.#config;
    const clientId = `${this.#config.clientId ?? `gongfu-${this.#tenantId}-${name}`}${suffix}`;
    const properties = { ...client.properties, ...(version === 5 ? { maximumPacketSize: messageBytesMax } : {}) };
    return {
      url,
      client: {
        ...client,
        clientId,
        protocolVersion: version,
        keepalive: Math.ceil(keepAlive / 1000),
        ...(version === 5 ? { properties } : {}),
      },
      clock: this.#clock,
      backoff: new Backoff({ firstMs: 500, maxMs: 30_000, random: this.#random }),
      log: this.#log,
    };
  }
}
