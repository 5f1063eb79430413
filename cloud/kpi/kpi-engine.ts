import { Problem } from '@gongfu/shared/base/problem';
import type { GatheredState } from '@gongfu/shared/kpi/coarse-states';
import type { KpiResult } from '@gongfu/shared/kpi/kpi-result';
import type { LossAccount } from '@gongfu/shared/kpi/losses';
import type { LocalText } from '@gongfu/shared/model/asset';

export const kpiWindows = ['hour', 'shift', 'day'] as const;
export type KpiWindow = (typeof kpiWindows)[number];

/**
 * A KPI result with whom it is about. `open` while the window's end lies ahead: the figure covers what has passed, and `to` is
 * the moment up to which it does.
 */
export interface AssetKpi extends KpiResult {
  readonly tenantId: string;
  readonly assetId: string;
  readonly window: KpiWindow | 'custom';
  /**
   * `2026-11-23 early` (day on which the shift starts and shift id), `2026-11-23 14:00+08:00` or `2026-11-23`, in the plant's
   * zone; ends with ` UTC` where the asset has no calendar and every minute counts as planned.
   */
  readonly label: string;
  /** Of the asset's calendar; null where the window is no shift of it. */
  readonly shiftId: string | null;
  readonly open: boolean;
}

/** Current state of a work unit for the overview. */
export interface AssetState {
  readonly assetId: string;
  readonly state: string;
  /** What the state mapping says beside the state; `noCause` when nothing. */
  readonly cause: LocalText;
  /** UTC epoch ms since when; null when nothing was ever observed. */
  readonly since: number | null;
  /** Quality of the state signal: stale = good but too old. */
  readonly doubt: 'none' | 'stale' | 'bad' | 'never-seen';
}

/** States of a work unit over [from, to), UTC epoch ms: without hole or overlap, none when nothing of the range has passed. */
export interface AssetStates {
  readonly from: number;
  readonly to: number;
  readonly items: readonly GatheredState[];
}

/** A shift or day of an asset's calendar that has begun. */
export interface AssetWindow {
  readonly label: string;
  readonly shiftId: string | null;
  /** UTC epoch ms; `to` is its planned end even when that lies ahead. */
  readonly from: number;
  readonly to: number;
  readonly open: boolean;
}

/** Where the planned time of an asset went in [from, to). */
export interface AssetLosses extends LossAccount {
  readonly from: number;
  readonly to: number;
}

export interface KpiEngine {
  /** One result per window that has begun and touches [from, to), oldest first; `custom` is exactly [from, to). @throws Problem 404 for an unknown asset. */
  evaluate(query: {
    tenantId: string;
    assetId: string;
    window: KpiWindow | 'custom';
    from: number;
    to: number;
  }): Promise<AssetKpi[]>;
  /**
   * What the KPIs of the same range are computed from, up to now at most; without `from` the current shift.
   * @throws Problem 404 for an unknown asset, 422 for one that is no work unit with a state, 400 for a range over 31 days.
   */
  states(query: {
    tenantId: string;
    assetId: string;
    from?: number | undefined;
    to?: number | undefined;
    /** Shorter states are gathered, for a picture; left out, all are exact. */
    resolutionMs?: number | undefined;
  }): Promise<AssetStates>;
  /** Without `from` those of the current shift. @throws Problem as `states`; 422 where no work unit below has a state. */
  losses(query: {
    tenantId: string;
    assetId: string;
    from?: number | undefined;
    to?: number | undefined;
    /** Machines beside a single one may explain its waiting only when whoever asks sees them. */
    sees?: (assetId: string) => boolean;
  }): Promise<AssetLosses>;
  /** Those that have begun and touch [from, to), oldest first. @throws Problem 404 for an unknown asset. */
  windows(query: { tenantId: string; assetId: string; window: KpiWindow; from: number; to: number }): AssetWindow[];
  /** Current shift's figures and state, from memory; undefined for assets without KPI. */
  live(tenantId: string, assetId: string): { kpi: AssetKpi; state: AssetState } | undefined;
}

/** Also for an asset that is there but not for whoever asks. */
export function assetUnknown(assetId: string): Problem {
  return new Problem({
    code: 'asset-unknown',
    detail: `There is no asset ${assetId}.`,
    advice: 'Take the asset id from the list of assets.',
    reaction: 'drop',
    status: 404,
  });
}
