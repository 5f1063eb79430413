import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import type { Value } from '@gongfu/shared/model/value-type';
import type { CommandValue } from '@gongfu/shared/wire/command';
import type { Server } from 'socket.io';
import { AlarmFeed } from './alarms/alarm-feed.ts';
import { AlarmLog } from './alarms/alarm-log.ts';
import { AlarmWatch } from './alarms/alarm-watch.ts';
import { Alarms } from './alarms/alarms.ts';
import { CommandDelivery } from './commands/command-delivery.ts';
import { CommandExpiry } from './commands/command-expiry.ts';
import { CommandSettings, needsSecondApprover } from './commands/command-settings.ts';
import { CommandTrail } from './commands/command-trail.ts';
import { Commands } from './commands/commands.ts';
import { Configurations } from './configurations/configurations.ts';
import type { Parts } from './faces.ts';
import { GatewayCredential } from './gateways/credential.ts';
import { Decommissioning } from './gateways/decommissioning.ts';
import { EdgeNamespace } from './gateways/edge-namespace.ts';
import { Enrolment } from './gateways/enrolment.ts';
import { Presence } from './gateways/presence.ts';
import { TagCatalogue } from './gateways/tag-catalogue.ts';
import type { GatewayRecord, Records } from './records/records.ts';

export type GatewayNeeds = Pick<Parts, 'ingest' | 'assets' | 'lastValues' | 'audit' | 'listener' | 'tenants'> & {
  readonly tenantId: string;
};

/** All that speaks with gateways: who they are, what comes from them, what is to be written through them. `running` starts in its order. */
export function gatewaySide(
  { clock, log, onListenerError }: { clock: Clock; log: Logger; onListenerError: (error: unknown) => void },
  io: Server,
  records: Records,
  parts: GatewayNeeds,
) {
  const { ingest, assets, lastValues, audit, listener, tenants, tenantId: homeTenantId } = parts;
  const tagCatalogue = new TagCatalogue({ records, onListenerError });
  tagCatalogue.changed.on(() => {
    assets.refresh().catch(onListenerError);
  });
  const presence = new Presence({ records, clock, onListenerError });
  const credential = new GatewayCredential({ records, clock });
  const trail = new CommandTrail({ audit });
  const delivery = new CommandDelivery({ records, clock, trail, log });
  const expiry = new CommandExpiry({ records, clock, trail, log });
  const sight = assets.sight.bind(assets);
  const commands = new Commands({
    records,
    clock,
    trail,
    sight,
    valueNow: async (tag) => commandValue((await lastValues.read([tag])).get(tag)?.value ?? null),
    newId: randomUUID,
    changed: (command) => {
      if (command.state === 'queued') delivery.queued(command);
      if (command.endedAt === null) expiry.watch(command);
    },
  });
  const configurations = new Configurations({ records, audit, clock, log, newId: randomUUID });
  const keys = () => listener.keys();
  const near = { tagCatalogue, presence };
  const alarmLog = new AlarmLog({ records, clock, log });
  const alarms = new Alarms({
    records,
    sight,
    gatewaysOf: async (tenantId) => new Map((await presence.list(tenantId)).map((one) => [one.gatewayId, one])),
  });
  const views = alarms.views.bind(alarms);
  const alarmFeed = new AlarmFeed({ changed: alarmLog.changed, views, clock, log });
  const alarmWatch = new AlarmWatch({ alarms: alarmLog, changed: presence.changed, records, clock, log });
  const ledgers = { commands: delivery, configurations, conditions: alarmLog };
  const needsApproval = (gateway: GatewayRecord) => needsSecondApprover(records, gateway);
  const edge = new EdgeNamespace({ io, records, credential, ...near, ingest, log, keys, ...ledgers, needsApproval });
  listener.keysChanged.on((changed) => edge.announce(changed));
  tenants.suspended.on(({ tenantId }) => edge.cutTenant(tenantId));
  const enrolment = new Enrolment({ records, clock, randomBytes, audit, homeTenantId });
  const commandSettings = new CommandSettings({ records, sight });
  const revoke = edge.revoke.bind(edge);
  const decommissioning = new Decommissioning({ credential, revoke, audit, homeTenantId });
  return {
    ...near,
    edge,
    enrolment,
    decommissioning,
    commands,
    commandSettings,
    configurations,
    alarms,
    alarmFeed,
    running: [expiry, delivery, configurations, alarmLog, alarmFeed, alarmWatch, edge] as const,
  };
}

function commandValue(value: Value): CommandValue | null {
  return typeof value === 'bigint' ? value.toString() : value;
}
