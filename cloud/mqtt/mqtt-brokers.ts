import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { RowDoor } from '../doors/row-door.ts';
import { credentialsOf } from './broker-credentials.ts';
import type { ConnectionBoard, ConnectionStatus } from './connection-status.ts';
import type { MqttConfig } from './mqtt-config.ts';
import type { PublishedPlant } from './published-plant.ts';

/** All brokers of the configuration: what is taken from them and what they are told. */
export class MqttBrokers implements Part, ConnectionBoard {
  readonly #config: MqttConfig;
  readonly #homeTenantId: string;
  readonly #tenantExists: (tenantId: string) => Promise<boolean>;
  readonly #parts: {
    readonly door: RowDoor;
    readonly plant: PublishedPlant;
    readonly clock: Clock;
    readonly random: () => number;
    readonly log: Logger;
  };
  #running: (Part & ConnectionBoard)[] = [];

  constructor(options: {
    config: MqttConfig;
    homeTenantId: string;
    tenantExists: (tenantId: string) => Promise<boolean>;
    door: RowDoor;
    plant: PublishedPlant;
    clock: Clock;
    random: () => number;
    log: Logger;
  }) {
    const { config, homeTenantId, tenantExists, ...parts } = options;
    this.#config = config;
    this.#homeTenantId = homeTenantId;
    this.#tenantExists = tenantExists;
    this.#parts = parts;
  }

  /** @throws Problem naming every tenant and every file that is not there, before anything is connected */
  async start(): Promise<void> {
    const strangers: ProblemPlace[] = [];
    for (const { name, tenant } of this.#config.brokers) {
      if (tenant === undefined || (await this.#tenantExists(tenant))) continue;
      strangers.push({ where: `mqtt.brokers ${name} tenant`, what: `no tenant is called ${tenant}` });
    }
    if (strangers.length > 0) throw tenantUnknown(strangers);
    const read = this.#config.brokers.map((config) => ({ config, ...credentialsOf(config) }));
    const unreadable = read.flatMap((broker) => broker.unreadable);
    if (unreadable.length > 0) throw filesUnreadable(unreadable);
    if (read.length === 0) return;
    // The clients of MQTT and Sparkplug cost a start and memory; most services have no broker.
    const [{ BrokerIntake }, { BrokerOutlet }] = await Promise.all([
      import('./broker-intake.ts'),
      import('./broker-outlet.ts'),
    ]);
    for (const { config, credentials } of read) {
      const options = { config, credentials, tenantId: config.tenant ?? this.#homeTenantId, ...this.#parts };
      this.#running.push(new BrokerIntake(options));
      if (config.publish !== undefined) this.#running.push(new BrokerOutlet(options));
    }
    for (const part of this.#running) await part.start();
  }

  connections(): readonly ConnectionStatus[] {
    return this.#running.flatMap((part) => part.connections());
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((part) => part.stop()));
  }
}

function tenantUnknown(places: readonly ProblemPlace[]): Problem {
  return new Problem({
    code: 'mqtt-tenant-unknown',
    detail: places.map(({ where, what }) => `${where}: ${what}`).join('; '),
    advice: 'Make the tenant first, or leave the key out: the data then belongs to the tenant of the installation.',
    reaction: 'stop',
    places,
  });
}

function filesUnreadable(places: readonly ProblemPlace[]): Problem {
  return new Problem({
    code: 'mqtt-file-unreadable',
    detail: places.map(({ where, what }) => `${where}: ${what}`).join('; '),
    advice: 'Check the paths and that the user of the service may read the files.',
    reaction: 'stop',
    places,
  });
}
