import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { RowDoor } from '../doors/row-door.ts';
import { BrokerIntake, type BrokerStatus } from './broker-intake.ts';
import type { MqttConfig } from './mqtt-config.ts';

/** All brokers of the configuration. */
export class MqttIntakes implements Part {
  readonly #config: MqttConfig;
  readonly #tenantExists: (tenantId: string) => Promise<boolean>;
  readonly #intakes: readonly BrokerIntake[];

  constructor(options: {
    config: MqttConfig;
    homeTenantId: string;
    tenantExists: (tenantId: string) => Promise<boolean>;
    door: RowDoor;
    clock: Clock;
    random: () => number;
    log: Logger;
  }) {
    const { config, homeTenantId, tenantExists, ...parts } = options;
    this.#config = config;
    this.#tenantExists = tenantExists;
    this.#intakes = config.brokers.map(
      (broker) => new BrokerIntake({ config: broker, tenantId: broker.tenant ?? homeTenantId, ...parts }),
    );
  }

  /** @throws Problem naming every tenant and every file that is not there, before anything is connected */
  async start(): Promise<void> {
    const places: ProblemPlace[] = [];
    for (const { name, tenant } of this.#config.brokers) {
      if (tenant === undefined || (await this.#tenantExists(tenant))) continue;
      places.push({ where: `mqtt.brokers ${name} tenant`, what: `no tenant is called ${tenant}` });
    }
    if (places.length > 0) throw tenantUnknown(places);
    const unreadable = this.#intakes.flatMap((intake) => intake.readFiles());
    if (unreadable.length > 0) throw filesUnreadable(unreadable);
    await Promise.all(this.#intakes.map((intake) => intake.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#intakes.map((intake) => intake.stop()));
  }

  status(): BrokerStatus[] {
    return this.#intakes.map((intake) => intake.status());
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
