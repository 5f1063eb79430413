import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { IClientOptions } from 'mqtt';
import { BrokerConnection, type BrokerMessage } from './broker-connection.ts';
import { connectionTo, shownUrl } from './connection-settings.ts';
import type { ConnectionStatus } from './connection-status.ts';
import type { BrokerConfig } from './mqtt-config.ts';
import type { OutletQueue } from './outlet-queue.ts';
import { PlainOutlet } from './plain-outlet.ts';
import { type PublishedPlant, signalsBelow } from './published-plant.ts';
import { NodeOutlet } from './sparkplug/node-outlet.ts';

/** Samples that wait for a broker that is away, for each form; the history has them all. */
const waitingMax = 50_000;
/** Assets often change several at a time: told together. */
const describeAfterMs = 500;

interface Outlet {
  readonly queue: Pick<OutletQueue<never>, 'dropped' | 'length' | 'sent'>;
  /** What the broker has refused; absent where it is never told. */
  readonly refusals?: Pick<ConnectionStatus, 'refused' | 'refusal'>;
  describe(signals: ReturnType<typeof signalsBelow>): void;
  take(blocks: Parameters<PlainOutlet['take']>[0]): void;
}

/** What one broker is told of the samples of a tenant's assets. */
export class BrokerOutlet implements Part {
  readonly #config: BrokerConfig;
  readonly #tenantId: string;
  readonly #credentials: IClientOptions;
  readonly #plant: PublishedPlant;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #log: Logger;
  readonly #leave: (() => void)[] = [];
  readonly #outlets: Outlet[] = [];
  readonly #connections: {
    readonly use: ConnectionStatus['use'];
    readonly connection: BrokerConnection;
    readonly outlet: Outlet;
    readonly goodbye?: () => Promise<void>;
  }[] = [];
  #node: NodeOutlet | undefined;
  #cancelDescribe: (() => void) | undefined;

  constructor(options: {
    config: BrokerConfig;
    tenantId: string;
    credentials: IClientOptions;
    plant: PublishedPlant;
    clock: Clock;
    random: () => number;
    log: Logger;
  }) {
    this.#config = options.config;
    this.#tenantId = options.tenantId;
    this.#credentials = options.credentials;
    this.#plant = options.plant;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log.child({ broker: options.config.name });
  }

  async start(): Promise<void> {
    const { plain, sparkplug } = this.#config.publish ?? {};
    if (plain !== undefined) this.#addPlain(plain);
    if (sparkplug !== undefined) this.#addNode(sparkplug);
    this.#describe();
    this.#leave.push(
      this.#plant.onChanged((tenantId) => {
        if (tenantId !== this.#tenantId) return;
        this.#cancelDescribe ??= this.#clock.after(describeAfterMs, () => this.#describeAnew());
      }),
      this.#plant.onCommitted(({ tenantId, blocks }) => {
        if (tenantId === this.#tenantId) for (const outlet of this.#outlets) outlet.take(blocks);
      }),
    );
    for (const { connection } of this.#connections) await connection.start();
  }

  async stop(): Promise<void> {
    for (const leave of this.#leave.splice(0)) leave();
    this.#cancelDescribe?.();
    await Promise.all(this.#connections.splice(0).map(({ connection, goodbye }) => connection.stop(goodbye)));
  }

  connections(): ConnectionStatus[] {
    const { name: broker } = this.#config;
    const url = shownUrl(this.#config.url);
    return this.#connections.map(({ use, connection, outlet: { queue, refusals } }) => {
      const { sent: samples, dropped, length: waiting } = queue;
      const told = { samples, refused: 0, refusal: '', ...refusals, dropped, waiting };
      return { tenantId: this.#tenantId, broker, use, url, ...connection.figures, ...told };
    });
  }

  #describe(): void {
    const signals = signalsBelow(this.#plant.signals(this.#tenantId), this.#config.publish?.assets);
    for (const outlet of this.#outlets) outlet.describe(signals);
  }

  #describeAnew(): void {
    this.#cancelDescribe = undefined;
    this.#describe();
    this.#bear();
  }

  #addPlain({ enterprise, retain }: { enterprise: string; retain: boolean }): void {
    const outlet = new PlainOutlet({
      enterprise,
      retain,
      waitingMax,
      publish: (...message) => connection.publish(...message),
    });
    const connection = new BrokerConnection({
      ...this.#settings('-out'),
      subscriptions: [],
      take: async () => {},
      onConnected: async () => outlet.queue.resume(),
    });
    this.#outlets.push(outlet);
    this.#connections.push({ use: 'plain-publisher', connection, outlet });
  }

  #addNode({ group, node }: { group: string; node: string }): void {
    const outlet = new NodeOutlet({
      group,
      node,
      waitingMax,
      latest: (tags) => this.#latest(tags),
      publish: (...message) => connection.publish(...message),
      clock: this.#clock,
    });
    const connection = new BrokerConnection({
      ...this.#settings('-node'),
      subscriptions: outlet.subscriptions,
      take: async (message) => this.#command(outlet, message),
      will: () => outlet.will(),
      onConnected: () => outlet.born(),
    });
    this.#node = outlet;
    this.#outlets.push(outlet);
    this.#connections.push({ use: 'sparkplug-node', connection, outlet, goodbye: () => outlet.goodbye() });
  }

  #command(outlet: NodeOutlet, { topic, payload }: BrokerMessage): void {
    try {
      if (outlet.isRebirth(topic, payload)) this.#bear();
    } catch (error) {
      this.#log.warn({ topic, error: messageOf(error) }, 'a command could not be read');
    }
  }

  /** Without them a birth says null, of bad quality, until the next sample; to be silent about all signals would be worse. */
  async #latest(tags: readonly number[]): ReturnType<PublishedPlant['latest']> {
    try {
      return await this.#plant.latest(tags);
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'a birth was told without newest values: they could not be read');
      return new Map();
    }
  }

  /** Not connected: the next connection begins with births anyhow. */
  #bear(): void {
    this.#node?.born().catch((error: unknown) => this.#log.debug({ error: messageOf(error) }, 'births were not told'));
  }

  #settings(suffix: string) {
    return connectionTo(this.#config, {
      tenantId: this.#tenantId,
      client: { ...this.#credentials, clean: true },
      suffix,
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
    });
  }
}
