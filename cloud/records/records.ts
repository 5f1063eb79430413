import type { AssetLevel, LocalText, TagRole } from '@gongfu/shared/model/asset';
import type { CalendarDefinition } from '@gongfu/shared/model/calendar';
import type { StateMappingDefinition } from '@gongfu/shared/model/machine-state';
import type { ColumnKind, ValueType } from '@gongfu/shared/model/value-type';
import type { Model } from 'mongoose';
import type { AlarmRecord } from './alarm-record.ts';
import type { CommandRecord } from './command-record.ts';
import type { ConfigurationRecord } from './configuration-record.ts';

/** Master data, one interface a collection. Every record carries its tenant; times are UTC epoch ms. */
export interface TenantRecord {
  _id: string;
  name: LocalText;
  /** Absent in records from before it was kept. */
  createdAt?: number;
  /** Since when nobody of the tenant may sign in or go on; null or absent: not suspended. */
  suspendedAt?: number | null;
  /** Every command needs somebody else's approval; absent: none does. */
  secondApprover?: boolean;
}

export interface UserRecord {
  _id: string;
  tenantId: string;
  /** Unique over all tenants: it is what one signs in with. */
  name: string;
  passwordHash: string;
  role: string;
  createdAt: number;
  /** Set where somebody else chose the password; absent in records from before there was such a thing. */
  mustChangePassword?: boolean;
  /** Asset ids whose subtrees the user sees; null or absent: the whole tenant. */
  scope?: string[] | null;
  /** Cannot sign in; absent in records from before there was such a thing. */
  disabled?: boolean;
}

/** Somebody an identity provider knows, and which user that is here. */
export interface IdentityRecord {
  /** SHA-256 of issuer and subject, hex. */
  _id: string;
  tenantId: string;
  issuer: string;
  subject: string;
  userId: string;
  createdAt: number;
}

/** The second step of a user's sign-in: codes of an app, as RFC 6238 makes them. */
export interface SecondFactorRecord {
  /** The user's id. */
  _id: string;
  tenantId: string;
  /** Base32; it has to be known in clear to check a code. */
  secret: string;
  createdAt: number;
  /** Null until a first code has shown that the app has the secret: nothing is asked for before. */
  confirmedAt: number | null;
  /** Number of the half minute whose code was used last: no code works twice. */
  lastStep: number;
  /** SHA-256 of the recovery codes not used yet, hex. */
  recoveryHashes: string[];
}

export interface SessionRecord {
  /** Random; no secret. */
  _id: string;
  tenantId: string;
  userId: string;
  createdAt: number;
  expiresAt: number;
  lastSeenAt: number;
  /** Network address it was opened from. */
  address: string;
  /** What the program that opened it says it is. */
  device: string;
}

export interface SessionTokenRecord {
  /** SHA-256 of the token, hex; the token itself is never kept. */
  _id: string;
  tenantId: string;
  sessionId: string;
  kind: 'access' | 'refresh';
  expiresAt: number;
  /** A refresh token works once and stays known, so that a second use is noticed. */
  usedAt: number | null;
}

export interface ApiKeyRecord {
  /** Begins with `key-`; no secret. */
  _id: string;
  tenantId: string;
  /** Unique in the tenant. */
  name: string;
  /** SHA-256 of the key, hex; the key itself is never kept. */
  hash: string;
  permissions: string[];
  /** As a user's. */
  scope: string[] | null;
  /** The user whose rights bound those of the key. */
  makerId: string;
  makerName: string;
  createdAt: number;
  expiresAt: number;
  lastUsedAt: number | null;
  lastUsedFrom: string;
}

export interface GatewayRecord {
  /** Random, given by the cloud at enrolment. */
  _id: string;
  tenantId: string;
  /** Unique in the tenant; what people call it. */
  name: string;
  status: 'enrolled' | 'revoked';
  /** Ed25519 public key as JWK; the private half never leaves the gateway. */
  publicKey: { kty: string; crv: string; x: string };
  enrolledAt: number;
  lastSeenAt: number | null;
  /** What it said at its last hello, and when it said so first; null or absent: it does not tell. */
  configuration?: { version: string; since: number } | null;
  /** Commands for it need somebody else's approval, whatever the tenant says. */
  secondApprover?: boolean;
}

export interface EnrolmentCodeRecord {
  /** SHA-256 of the code, hex. */
  _id: string;
  tenantId: string;
  gatewayName: string;
  createdAt: number;
  expiresAt: number;
  /** Set once, by an update that requires it to be null: a code works one time. */
  usedAt: number | null;
}

export interface TagRecord {
  /** The history number as decimal text; the `{id}` of the API. */
  _id: string;
  number: number;
  tenantId: string;
  gatewayId: string;
  source: string;
  name: string;
  type: ValueType;
  scaled: boolean;
  kind: ColumnKind;
  unit: string;
  description: string;
  maxSilentMs: number;
  /** The gateway offers to write it, within these bounds (null: it has no numbers); null or absent: it does not. */
  writable?: { minimum: number | null; maximum: number | null } | null;
}

export interface AssetRecord {
  /** `<tenantId>/<assetId>`: asset ids are unique in their tenant only. */
  _id: string;
  tenantId: string;
  assetId: string;
  parentId: string | null;
  level: AssetLevel;
  name: LocalText;
  /** Place among its siblings. */
  order: number;
  calendarId: string | null;
  stateMappingId: string | null;
  /** Planned run time per item (PRI), ms. */
  plannedCycleMs: number | null;
  targetOee: number | null;
  /** Children (asset ids) a group's KPIs are made of; empty = all. */
  kpiFrom: string[];
  /** Which signals play which role; resolved to tags by gateway name, source and tag name. */
  signals: AssetSignal[];
  /** Later targets, each for windows that start at `from` or later; before the first the two above hold. */
  targetChanges?: TargetChange[];
  /** From then on it is no part of the plant; what it did before stays. */
  retiredAt?: number | null;
  /** Of what the plant file said when it was last taken from there; '' for an asset that was made here, absent in old records. */
  importedPrint?: string;
}

export interface TargetChange {
  /** UTC epoch ms. */
  from: number;
  plannedCycleMs: number | null;
  targetOee: number | null;
}

export interface AssetSignal {
  role: TagRole;
  gateway: string;
  source: string;
  tag: string;
  /** Value after which a counter starts at 0 again, exclusive: 65536 for a 16-bit counter. */
  rolloverAt: number | null;
}

export interface CalendarRecord extends CalendarDefinition {
  /** `<tenantId>/<calendarId>` */
  _id: string;
  tenantId: string;
  /** Counts changes, so that two people do not write over each other; absent in records from before there was such a thing. */
  revision?: number;
  /** Of what the plant file said when it was last taken from there; '' or absent where it never was. */
  importedPrint?: string;
}

export interface StateMappingRecord extends StateMappingDefinition {
  /** `<tenantId>/<stateMappingId>` */
  _id: string;
  tenantId: string;
}

export interface CounterRecord {
  _id: string;
  next: number;
}

/** One thing somebody did or was refused. Never changed; the oldest go when there are too many. */
export interface AuditRecord {
  /** `<tenantId>/<number>` */
  _id: string;
  tenantId: string;
  /** Counts up by one in the tenant, so that a missing record shows. */
  number: number;
  at: number;
  actor: { kind: 'user' | 'api-key' | 'gateway' | 'unknown'; id: string; name: string };
  /** As `user-create`. */
  action: string;
  /** What it was done to: a user name, a gateway name or id; '' where the action says all. */
  object: string;
  /** `begun` is written before a change is made, one of the others after it. */
  outcome: 'begun' | 'done' | 'refused' | 'failed';
  /** Network address of the asking side. */
  address: string;
  /** A problem code or a permission; never a password or token. */
  detail: string;
}

/** How a tenant has a plugin: switched on or off, and set. */
export interface PluginStateRecord {
  /** `<tenantId>/<pluginId>` */
  _id: string;
  tenantId: string;
  pluginId: string;
  on: boolean;
  /** JSON as it was entered; '' while nobody has entered any. */
  settings: string;
  changedAt: number;
}

/** Something a plugin keeps for a tenant. */
export interface PluginRecordRecord {
  /** JSON of [tenantId, pluginId, key]. */
  _id: string;
  tenantId: string;
  pluginId: string;
  key: string;
  /** The value as JSON text: a plugin's keys are no field names of ours. */
  json: string;
  updatedAt: number;
}

/** A notice or a service in the portal of a tenant. */
export interface PortalItemRecord {
  _id: string;
  tenantId: string;
  kind: 'notice' | 'service';
  title: LocalText;
  text: LocalText;
  /** Of a service; '' for a notice. */
  category: string;
  /** '' where there is none. */
  link: string;
  /** When a notice is no longer shown, UTC epoch ms; null = it stays. */
  until: number | null;
  createdAt: number;
  createdBy: string;
}

/** An event on its way to somebody outside, as it is sent. */
export interface WebhookDeliveryRecord {
  /** Of webhook and event, so that neither is told twice. */
  _id: string;
  tenantId: string;
  hook: string;
  event: string;
  body: string;
  /** `dead`: given up; `fault` says why. */
  state: 'waiting' | 'sent' | 'dead';
  attempts: number;
  /** When it is tried next; null when it is not. */
  nextAt: number | null;
  fault: string;
  /** Status of the newest answer; null or absent: there was none. */
  answer?: number | null;
  createdAt: number;
}

/** The models every other room of the cloud works with; it never learns which store stands behind them. */
export interface Records {
  tenants: Model<TenantRecord>;
  users: Model<UserRecord>;
  sessions: Model<SessionRecord>;
  secondFactors: Model<SecondFactorRecord>;
  identities: Model<IdentityRecord>;
  sessionTokens: Model<SessionTokenRecord>;
  apiKeys: Model<ApiKeyRecord>;
  gateways: Model<GatewayRecord>;
  enrolmentCodes: Model<EnrolmentCodeRecord>;
  tags: Model<TagRecord>;
  assets: Model<AssetRecord>;
  calendars: Model<CalendarRecord>;
  stateMappings: Model<StateMappingRecord>;
  counters: Model<CounterRecord>;
  audit: Model<AuditRecord>;
  pluginStates: Model<PluginStateRecord>;
  pluginRecords: Model<PluginRecordRecord>;
  portalItems: Model<PortalItemRecord>;
  webhookDeliveries: Model<WebhookDeliveryRecord>;
  commands: Model<CommandRecord>;
  configurations: Model<ConfigurationRecord>;
  alarms: Model<AlarmRecord>;
  /** Writes what is committed at one moment into an empty folder; absent where a server keeps the records and has tools of its own. */
  backUp?(folder: string): Promise<void>;
  /** True while the store answers. */
  ready(): boolean;
  close(): Promise<void>;
}
