import type { LocalText } from '@gongfu/shared/model/asset';
import type { ExtraDay, ShiftChange, ShiftDefinition } from '@gongfu/shared/model/calendar';

/** What the REST interface answers to those who administer. Times are ISO 8601 text here. */
export interface Account {
  readonly name: string;
  readonly role: string;
  /** Asset ids whose subtrees are seen; null: everything of the tenant. */
  readonly scope: readonly string[] | null;
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly mustChangePassword: boolean;
  readonly hasSecondFactor: boolean;
}

export interface RoleList {
  readonly permissions: readonly string[];
  readonly items: readonly { readonly role: string; readonly permissions: readonly string[] }[];
}

export interface Calendar {
  readonly id: string;
  readonly timeZone: string;
  readonly shifts: readonly ShiftDefinition[];
  readonly holidays: readonly string[];
  readonly extraDays: readonly ExtraDay[];
  readonly changes: readonly ShiftChange[];
  readonly revision: number;
  readonly usedBy: readonly string[];
}

/** A key of a program; its text is told only once, when it is made. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly scope: readonly string[] | null;
  readonly maker: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly expired: boolean;
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string;
}

/** A connection to an MQTT broker; counts are since the start of the service. */
export interface BrokerConnection {
  readonly broker: string;
  readonly use: 'topics' | 'sparkplug-host' | 'plain-publisher' | 'sparkplug-node';
  readonly url: string;
  readonly connected: boolean;
  readonly since: string;
  readonly fault: string;
  readonly messages: number;
  readonly messagesLastMinute: number;
  readonly bytes: number;
  readonly samples: number;
  readonly refused: number;
  readonly refusal: string;
  readonly dropped: number;
  readonly waiting: number;
}

export interface Webhook {
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly assets: readonly string[] | null;
  readonly waiting: number;
}

export interface WebhookDelivery {
  readonly id: string;
  readonly hook: string;
  readonly event: string;
  readonly state: 'waiting' | 'sent' | 'dead';
  readonly attempts: number;
  readonly createdAt: string;
  readonly nextAt: string | null;
  readonly fault: string;
  readonly answer: number | null;
}

export interface AuditEntry {
  readonly number: number;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string };
  readonly action: string;
  readonly object: string;
  readonly outcome: string;
  readonly address: string;
  readonly detail: string;
}

export interface Tenant {
  readonly id: string;
  readonly name: LocalText;
  readonly createdAt: string | null;
  readonly suspendedAt: string | null;
  readonly users: number;
  readonly gateways: number;
}
