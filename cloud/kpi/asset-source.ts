import type { Signal } from '@gongfu/shared/base/signal';
import type { AssetLevel, TagRole } from '@gongfu/shared/model/asset';
import type { CalendarDefinition } from '@gongfu/shared/model/calendar';
import type { StateMappingDefinition } from '@gongfu/shared/model/machine-state';
import type { HistoryTag } from '../history/history-store.ts';

/** A signal of an asset whose tag the cloud already knows. One that no gateway has declared yet is left out until it is. */
export interface ResolvedSignal {
  readonly role: TagRole;
  readonly tag: HistoryTag;
  /** As the gateway declared it, ms. */
  readonly maxSilentMs: number;
  /** Value at which a counter is 0 again (65536 for 16 bits); null for one that never rolls over. */
  readonly rolloverAt: number | null;
}

/** An asset as the KPI engine needs it: references followed, inheritance done. */
export interface KpiAsset {
  readonly tenantId: string;
  readonly assetId: string;
  readonly level: AssetLevel;
  /** Its own or that of the nearest ancestor that has one; null = around the clock, in UTC. */
  readonly calendar: CalendarDefinition | null;
  /** Its own or that of the nearest ancestor that has one. */
  readonly stateMapping: StateMappingDefinition | null;
  /** Planned run time per item (PRI), ms. */
  readonly plannedCycleMs: number | null;
  /** Later ones, ascending: each for windows that start at `from` or later. */
  readonly plannedCycleChanges?: readonly { readonly from: number; readonly plannedCycleMs: number | null }[];
  /** From then on it is no part of the plant, UTC epoch ms; null or absent while it is one. */
  readonly retiredAt?: number | null;
  /** Direct children the group's KPIs are made of; empty = all. */
  readonly kpiFrom: readonly string[];
  readonly signals: readonly ResolvedSignal[];
}

/** Assets that are new, gone, or differ in anything `KpiAsset` shows: signals resolved, calendar, mapping, planned cycle, retirement. */
export interface AssetChange {
  readonly tenantId: string;
  readonly assetIds: readonly string[];
}

/** The plant as the KPI engine sees it. Answers from memory: it is asked for every live figure. */
export interface AssetSource {
  asset(tenantId: string, assetId: string): KpiAsset | undefined;
  /** Direct children in their order; empty for a leaf and for an unknown asset. */
  children(tenantId: string, assetId: string): readonly KpiAsset[];
  /** Every work unit of every tenant that is not retired. */
  workUnits(): readonly KpiAsset[];
  /** Emitted after the change can be read here. */
  readonly changed: Signal<AssetChange>;
}
