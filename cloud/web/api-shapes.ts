import type { KpiResult } from '@gongfu/shared/kpi/kpi-result';
import type { Loss, LossAccount, Stop } from '@gongfu/shared/kpi/losses';
import type { AssetLevel, LocalText, TagRole } from '@gongfu/shared/model/asset';
import type { LiveGateway } from '@gongfu/shared/wire/live';

/** What the REST interface answers, as far as the page reads it. Times are ISO 8601 text here. */
export interface User {
  readonly name: string;
  readonly role: string;
  readonly tenantId: string;
  readonly permissions: readonly string[];
  /** Somebody else chose the password: nothing else may be done until it is changed. */
  readonly mustChangePassword: boolean;
}

export interface SessionOpened {
  readonly token: string;
  readonly tokenExpiresAt: string;
  readonly refreshToken: string;
  readonly expiresAt: string;
  readonly user: User;
}

export interface Asset {
  readonly id: string;
  readonly parentId: string | null;
  readonly level: AssetLevel;
  readonly name: LocalText;
  readonly order: number;
  readonly plannedCycleMs: number | null;
  readonly targetOee: number | null;
  readonly retiredAt: string | null;
  readonly calendar: AssetCalendar | null;
  readonly stateMapping: string | null;
  readonly signals: readonly AssetSignal[];
}

export interface AssetCalendar {
  readonly id: string;
  readonly timeZone: string;
  readonly shifts: readonly { readonly id: string; readonly name: LocalText }[];
}

export interface AssetSignal {
  readonly role: TagRole;
  /** Name of the gateway that reads it. */
  readonly gateway: string;
  readonly source: string;
  /** Of the tag, within its source. */
  readonly name: string;
  /** Null while no gateway has declared the tag. */
  readonly tag: string | null;
  readonly unit: string;
  readonly rolloverAt: number | null;
}

export interface WindowKpi extends Omit<KpiResult, 'from' | 'to' | 'observedFrom'> {
  readonly from: string;
  readonly to: string;
  readonly observedFrom: string | null;
  readonly label: string;
  readonly open: boolean;
}

/** States without hole or overlap over the range, as the KPIs take them. */
export interface MachineStates {
  readonly from: string;
  readonly to: string;
  readonly items: readonly {
    readonly from: string;
    readonly to: string;
    readonly state: string;
    readonly cause: LocalText;
    readonly planned: boolean;
    readonly element: string;
    readonly gathered: number;
  }[];
}

/** Where the planned time of an asset went. */
export interface Losses extends Omit<LossAccount, 'losses' | 'stops'> {
  readonly from: string;
  readonly to: string;
  readonly losses: readonly (Omit<Loss, 'longest'> & { readonly longest: { from: string; to: string } | null })[];
  readonly stops: readonly (Omit<Stop, 'from' | 'to'> & { readonly from: string; readonly to: string })[];
}

/** A shift or day that has begun; without a label for any other range. */
export interface CalendarWindow {
  readonly label: string;
  readonly shiftId: string | null;
  readonly from: string;
  readonly to: string;
  readonly open: boolean;
}

export interface GatewayJson extends Omit<LiveGateway, 'connectedAt' | 'lastSeenAt' | 'configuration'> {
  readonly connectedAt: string | null;
  readonly lastSeenAt: string | null;
  readonly configuration: { readonly version: string; readonly since: string } | null;
}

/** A one-time code, told only once. */
export interface EnrolmentPrepared {
  readonly name: string;
  readonly code: string;
  readonly expiresAt: string;
  readonly command: string;
  /** Pins of the keys the platform shows over TLS. */
  readonly cloudKeys: readonly string[];
}

export interface Gap {
  readonly from: string;
  readonly to: string;
  readonly epoch: number;
  readonly fromSequence: number;
  /** -1: not known. */
  readonly samples: number;
  readonly reason: string;
  /** Empty: all of the gateway. */
  readonly source: string;
}

/** The same figures with times as numbers, as the live events carry them. */
export function figuresOf(kpi: WindowKpi): KpiResult {
  const { from, to, observedFrom } = kpi;
  const first = observedFrom === null ? null : Date.parse(observedFrom);
  return { ...kpi, from: Date.parse(from), to: Date.parse(to), observedFrom: first };
}
