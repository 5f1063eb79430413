import type { Logger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import mongoose, { type Connection } from 'mongoose';
import type { AlarmRecord } from './alarm-record.ts';
import type { CommandRecord } from './command-record.ts';
import type { ConfigurationRecord } from './configuration-record.ts';
import { EmbeddedConnection, embeddedUri } from './embedded/connection.ts';
import { embeddedDriver } from './embedded/driver.ts';
import { alarmSchema } from './models/alarm.ts';
import { apiKeySchema } from './models/api-key.ts';
import { assetSchema } from './models/asset.ts';
import { auditSchema } from './models/audit.ts';
import { calendarSchema } from './models/calendar.ts';
import { commandSchema } from './models/command.ts';
import { configurationSchema } from './models/configuration.ts';
import { counterSchema } from './models/counter.ts';
import { enrolmentCodeSchema } from './models/enrolment-code.ts';
import { gatewaySchema } from './models/gateway.ts';
import { identitySchema } from './models/identity.ts';
import { pluginRecordSchema, pluginStateSchema } from './models/plugin.ts';
import { portalItemSchema } from './models/portal-item.ts';
import { secondFactorSchema } from './models/second-factor.ts';
import { sessionSchema } from './models/session.ts';
import { sessionTokenSchema } from './models/session-token.ts';
import { stateMappingSchema } from './models/state-mapping.ts';
import { tagSchema } from './models/tag.ts';
import { tenantSchema } from './models/tenant.ts';
import { userSchema } from './models/user.ts';
import { webhookDeliverySchema } from './models/webhook-delivery.ts';
import { recordsUnreachable, tellsOutage } from './outage.ts';
import type {
  ApiKeyRecord,
  AssetRecord,
  AuditRecord,
  CalendarRecord,
  CounterRecord,
  EnrolmentCodeRecord,
  GatewayRecord,
  IdentityRecord,
  PluginRecordRecord,
  PluginStateRecord,
  PortalItemRecord,
  Records,
  SecondFactorRecord,
  SessionRecord,
  SessionTokenRecord,
  StateMappingRecord,
  TagRecord,
  TenantRecord,
  UserRecord,
  WebhookDeliveryRecord,
} from './records.ts';

export interface ConnectOptions {
  /** Folder of the embedded store; created when missing. Used when there is no `uri`. */
  readonly folder?: string;
  /** A MongoDB server, as `mongodb://user:password@host/database`. */
  readonly uri?: string;
  readonly log: Logger;
}

/** A request waits this long for a server that is gone, and this long for one that has stopped to answer. */
const serverSelectionTimeoutMs = 2_000;
const answerTimeoutMs = 5_000;
/** Between two looks at the server, so that `ready` is right soon after it went or came back; the driver's least is 500. */
const heartbeatMs = 2_000;
/** So often the first contact is tried before the start is given up. */
const firstContacts = 5;

/** Opens the store, makes the models and builds their indexes. @throws Problem `records-unreachable`, `records-in-use` */
export async function connectRecords(options: ConnectOptions): Promise<Records> {
  const connection = await openConnection(options);
  const models = {
    tenants: connection.model<TenantRecord>('Tenant', tenantSchema, 'tenants'),
    users: connection.model<UserRecord>('User', userSchema, 'users'),
    sessions: connection.model<SessionRecord>('Session', sessionSchema, 'sessions'),
    sessionTokens: connection.model<SessionTokenRecord>('SessionToken', sessionTokenSchema, 'session-tokens'),
    apiKeys: connection.model<ApiKeyRecord>('ApiKey', apiKeySchema, 'api-keys'),
    secondFactors: connection.model<SecondFactorRecord>('SecondFactor', secondFactorSchema, 'second-factors'),
    identities: connection.model<IdentityRecord>('Identity', identitySchema, 'identities'),
    gateways: connection.model<GatewayRecord>('Gateway', gatewaySchema, 'gateways'),
    enrolmentCodes: connection.model<EnrolmentCodeRecord>('EnrolmentCode', enrolmentCodeSchema, 'enrolment-codes'),
    tags: connection.model<TagRecord>('Tag', tagSchema, 'tags'),
    assets: connection.model<AssetRecord>('Asset', assetSchema, 'assets'),
    calendars: connection.model<CalendarRecord>('Calendar', calendarSchema, 'calendars'),
    stateMappings: connection.model<StateMappingRecord>('StateMapping', stateMappingSchema, 'state-mappings'),
    audit: connection.model<AuditRecord>('Audit', auditSchema, 'audit'),
    pluginStates: connection.model<PluginStateRecord>('PluginState', pluginStateSchema, 'plugin-states'),
    pluginRecords: connection.model<PluginRecordRecord>('PluginRecord', pluginRecordSchema, 'plugin-records'),
    portalItems: connection.model<PortalItemRecord>('PortalItem', portalItemSchema, 'portal-items'),
    webhookDeliveries: connection.model<WebhookDeliveryRecord>(
      'WebhookDelivery',
      webhookDeliverySchema,
      'webhook-deliveries',
    ),
    commands: connection.model<CommandRecord>('Command', commandSchema, 'commands'),
    configurations: connection.model<ConfigurationRecord>('Configuration', configurationSchema, 'configurations'),
    alarms: connection.model<AlarmRecord>('Alarm', alarmSchema, 'alarms'),
    counters: connection.model<CounterRecord>('Counter', counterSchema, 'counters'),
  };
  try {
    for (const model of Object.values(models)) await model.createIndexes();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    ...models,
    ready: () => connection.readyState === 1 && (!(connection instanceof EmbeddedConnection) || connection.usable),
    close: () => connection.close(),
    ...(connection instanceof EmbeddedConnection ? { backUp: (into: string) => connection.backUp(into) } : {}),
  };
}

/** A connection with nothing on it yet; each has its own mongoose, so that two stores never share models. */
export async function openConnection(options: ConnectOptions): Promise<Connection> {
  const { folder, uri, log } = options;
  const own = new mongoose.Mongoose({
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    // A misspelt field in a filter must not widen it to every record.
    strictQuery: 'throw',
  });
  if (uri !== undefined) {
    log.info({}, 'records: connecting to MongoDB');
    own.plugin(tellsOutage);
    return reach(own, uri);
  }
  if (folder === undefined) {
    throw new Problem({
      code: 'records-nowhere',
      detail: 'Neither a folder nor a MongoDB address is configured for the records.',
      advice: 'Set DATA_DIR, or MONGODB_URI.',
      reaction: 'stop',
    });
  }
  own.setDriver(embeddedDriver);
  log.info({ folder }, 'records: embedded store');
  return own.createConnection(embeddedUri(folder)).asPromise();
}

async function reach(own: mongoose.Mongoose, uri: string): Promise<Connection> {
  for (let contact = 1; ; contact += 1) {
    const connection = own.createConnection(uri, {
      serverSelectionTimeoutMS: serverSelectionTimeoutMs,
      connectTimeoutMS: answerTimeoutMs,
      socketTimeoutMS: answerTimeoutMs,
      waitQueueTimeoutMS: answerTimeoutMs,
      heartbeatFrequencyMS: heartbeatMs,
      w: 'majority',
      journal: true,
    });
    try {
      return await connection.asPromise();
    } catch (cause) {
      await connection.close(true);
      if (contact === firstContacts) throw recordsUnreachable(cause);
    }
  }
}
