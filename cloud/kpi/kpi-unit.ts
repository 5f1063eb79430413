import { aroundTheClock } from '@gongfu/shared/kpi/calendar';
import { type CounterRole, counterRoles } from '@gongfu/shared/kpi/counts';
import { StateMapping } from '@gongfu/shared/kpi/state-mapping';
import type { CalendarDefinition } from '@gongfu/shared/model/calendar';
import type { AssetSource, KpiAsset, ResolvedSignal } from './asset-source.ts';

/** A work unit with at least what availability needs: a state signal and a mapping for it. */
export interface KpiUnit {
  readonly tenantId: string;
  readonly assetId: string;
  readonly calendar: CalendarDefinition;
  readonly mapping: StateMapping;
  readonly state: ResolvedSignal;
  readonly counters: readonly { readonly role: CounterRole; readonly signal: ResolvedSignal }[];
  /** For a window that starts then. */
  plannedCycleMs(windowFrom: number): number | null;
  /** Nothing is planned from then on; infinity while it is part of the plant. */
  readonly retiredAt: number;
  /** True when it has all that OEE needs: a product counter and a planned cycle as well. */
  readonly isComplete: boolean;
}

/** Undefined for a work unit nobody can say the state of. Of several state signals the first counts. */
export function kpiUnitOf(asset: KpiAsset): KpiUnit | undefined {
  const state = asset.signals.find((signal) => signal.role === 'state');
  if (asset.level !== 'work-unit' || state === undefined || asset.stateMapping === null) return undefined;
  const counters = asset.signals.flatMap((signal) => {
    const role = counterRoles.find((counterRole) => counterRole === signal.role);
    return role === undefined ? [] : [{ role, signal }];
  });
  return {
    tenantId: asset.tenantId,
    assetId: asset.assetId,
    calendar: asset.calendar ?? aroundTheClock,
    mapping: new StateMapping(asset.stateMapping),
    state,
    counters,
    plannedCycleMs: (windowFrom) => plannedCycleAt(asset, windowFrom),
    retiredAt: asset.retiredAt ?? Number.POSITIVE_INFINITY,
    isComplete: hasPlannedCycle(asset) && counters.some(({ role }) => role !== 'scrap-count'),
  };
}

function plannedCycleAt({ plannedCycleMs, plannedCycleChanges = [] }: KpiAsset, windowFrom: number): number | null {
  const change = plannedCycleChanges.findLast(({ from }) => from <= windowFrom);
  return change === undefined ? plannedCycleMs : change.plannedCycleMs;
}

function hasPlannedCycle({ plannedCycleMs, plannedCycleChanges = [] }: KpiAsset): boolean {
  return plannedCycleMs !== null || plannedCycleChanges.some((change) => change.plannedCycleMs !== null);
}

/**
 * The work units an asset's KPIs are made of: itself, or those below it. A group is the sum of its complete units; a
 * conveyor that only shows its state does not take a line its OEE. Without any complete one, of those that show a state.
 * `kpiFrom` chooses the children that count: machines in series see each piece once each, the line makes it once.
 */
export function kpiUnitsOf(assets: AssetSource, asset: KpiAsset): KpiUnit[] {
  const units = workUnitsBelow(assets, asset).flatMap((workUnit) => kpiUnitOf(workUnit) ?? []);
  const complete = units.filter((unit) => unit.isComplete);
  return complete.length > 0 ? complete : units;
}

function workUnitsBelow(assets: AssetSource, asset: KpiAsset): readonly KpiAsset[] {
  if (asset.level === 'work-unit') return [asset];
  const children = assets.children(asset.tenantId, asset.assetId);
  const chosen =
    asset.kpiFrom.length === 0 ? children : children.filter(({ assetId }) => asset.kpiFrom.includes(assetId));
  return chosen.flatMap((child) => workUnitsBelow(assets, child));
}
