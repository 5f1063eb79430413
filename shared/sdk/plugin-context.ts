import type { KpiResult } from '../kpi/kpi-result.ts';
import type { AssetLevel, LocalText, TagRole } from '../model/asset.ts';

/** What goes between host and plugin and is kept for it: everything that has a JSON form. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a plugin may ask of the host. Its manifest names each one it uses; a call that is not covered is refused. */
export const hostPermissions = ['assets:read', 'kpis:read', 'samples:read'] as const;
export type HostPermission = (typeof hostPermissions)[number];

export const pluginWindows = ['hour', 'shift', 'day', 'custom'] as const;
export type PluginWindow = (typeof pluginWindows)[number];

export interface PlantSignal {
  readonly role: TagRole;
  /** Null while no gateway has declared the tag. */
  readonly tag: string | null;
  /** UCUM code, as the gateway declared it. */
  readonly unit: string;
  /** Longest time the tag may stay silent, ms. */
  readonly maxSilentMs: number;
  /** Value at which a counter is 0 again; null for one that never rolls over. */
  readonly rolloverAt: number | null;
}

export interface PlantAsset {
  readonly assetId: string;
  readonly parentId: string | null;
  readonly level: AssetLevel;
  readonly name: LocalText;
  /** IANA zone of its calendar; UTC without one. */
  readonly timeZone: string;
  readonly signals: readonly PlantSignal[];
}

export interface WindowQuery {
  readonly assetId: string;
  readonly window: PluginWindow;
  /** UTC epoch ms; every window that touches [from, to) and has begun is answered. */
  readonly from: number;
  readonly to: number;
}

export interface PlantKpi extends KpiResult {
  readonly assetId: string;
  readonly window: PluginWindow;
  /** `2026-11-23 early`, in the plant's zone. */
  readonly label: string;
  readonly shiftId: string | null;
  /** True while the window is not over; `to` is then the moment up to which the figures go. */
  readonly open: boolean;
}

/** Samples of one tag as columns, oldest first. */
export interface TagSamples {
  readonly sourceTimes: Float64Array;
  /** NaN where the quality is bad or the value is no number; 64-bit integers as the nearest number. */
  readonly values: Float64Array;
}

export interface PluginRecord {
  readonly key: string;
  readonly value: Json;
  /** UTC epoch ms. */
  readonly updatedAt: number;
}

/**
 * All a plugin ever sees of the platform, for the length of one call: of one tenant, and within what the asking person may
 * see. Every member is data or an asynchronous call whose arguments and answers can be sent to another process; nothing is
 * shared, and after the call has ended every member refuses.
 */
export interface PluginContext<S = unknown> {
  readonly tenantId: string;
  /** UTC epoch ms at the start of the call. */
  readonly now: number;
  /** Of the tenant, as the manifest's schema made them. */
  readonly settings: S;
  assets(): Promise<PlantAsset[]>;
  /** @throws Problem as `GET /api/v1/kpis` answers it */
  kpis(query: WindowQuery): Promise<PlantKpi[]>;
  /** Samples with from ≤ sourceTime < to, and with `before` also the newest one earlier than `from`. */
  samples(query: { tag: string; from: number; to: number; before: boolean }): Promise<TagSamples>;
  /** What the plugin keeps for the tenant: JSON of at most 64 kB under a key of at most 200 characters. */
  record(key: string): Promise<PluginRecord | null>;
  /** Those whose key starts with `prefix`, by key. */
  records(prefix: string): Promise<PluginRecord[]>;
  putRecord(key: string, value: Json): Promise<void>;
  deleteRecord(key: string): Promise<void>;
  log(level: 'error' | 'warn' | 'info' | 'debug', message: string, fields?: Json): Promise<void>;
}
