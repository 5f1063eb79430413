import { joinAccounts, type LossAccount, type LossUnit, lossAccount } from '@gongfu/shared/kpi/losses';
import { statesByPlan } from '@gongfu/shared/kpi/time-model';
import { evaluateWorkUnit } from '@gongfu/shared/kpi/work-unit-kpi';
import type { AssetSource, KpiAsset } from './asset-source.ts';
import { type KpiUnit, kpiUnitOf, kpiUnitsOf } from './kpi-unit.ts';
import { plannedTime } from './unit-history.ts';
import type { UnitReadings } from './unit-readings.ts';

/** Units that are accounted for together, with whether each makes the figures of the asset. */
interface LossGroup {
  readonly members: { readonly unit: KpiUnit; readonly counts: boolean }[];
}

/** Where the planned time of an asset went in [from, to). The units of one line are read together, lines one after the other. */
export async function readLosses(
  {
    assets,
    readings,
    sees,
  }: {
    assets: AssetSource;
    readings: Pick<UnitReadings, 'read'>;
    sees: (assetId: string) => boolean;
  },
  asset: KpiAsset,
  [from, to]: readonly [number, number],
): Promise<LossAccount> {
  const accounts: LossAccount[] = [];
  for (const { members } of lossGroups(assets, asset, sees)) {
    const units: LossUnit[] = [];
    for (const { unit, counts } of members) units.push(await lossUnit(readings, unit, counts, [from, to]));
    const account = lossAccount(units);
    // Siblings of a single machine are there to explain its waiting; their own stops are no part of its story.
    const single = asset.level === 'work-unit';
    const stops = single ? account.stops.filter(({ assetId }) => assetId === asset.assetId) : account.stops;
    accounts.push({ ...account, stops });
  }
  return joinAccounts(accounts);
}

async function lossUnit(
  readings: Pick<UnitReadings, 'read'>,
  unit: KpiUnit,
  counts: boolean,
  [from, until]: readonly [number, number],
): Promise<LossUnit> {
  const to = Math.max(from, Math.min(until, unit.retiredAt));
  const { states, counters, knownFrom } = await readings.read(unit, from, to);
  const planned = plannedTime(unit.calendar, knownFrom, to);
  const { assetId } = unit;
  const plannedCycleMs = unit.plannedCycleMs(from);
  const kpi = evaluateWorkUnit({
    from,
    to,
    planned,
    mappingVersion: unit.mapping.version,
    states,
    counters,
    plannedCycleMs,
  });
  return { assetId, counts, plannedCycleMs, kpi, states: statesByPlan(states.intervals(from, to), planned) };
}

/** Work units under the same parent, where at least one makes the figures of the asset. */
function lossGroups(assets: AssetSource, asset: KpiAsset, sees: (assetId: string) => boolean): LossGroup[] {
  if (asset.level === 'work-unit') return [groupOfOne(assets, asset, sees)];
  const counting = new Set(kpiUnitsOf(assets, asset).map(({ assetId }) => assetId));
  const groups: LossGroup[] = [];
  const visit = (parent: KpiAsset): void => {
    const children = assets.children(parent.tenantId, parent.assetId);
    const members = children.flatMap((child) => {
      const unit = kpiUnitOf(child);
      return unit === undefined ? [] : [{ unit, counts: counting.has(unit.assetId) }];
    });
    if (members.some(({ counts }) => counts)) groups.push({ members });
    for (const child of children) if (child.level !== 'work-unit') visit(child);
  };
  visit(asset);
  return groups;
}

/** A machine alone; beside one that makes the figures of its line stand those that serve it. */
function groupOfOne(assets: AssetSource, asset: KpiAsset, sees: (assetId: string) => boolean): LossGroup {
  const own = kpiUnitsOf(assets, asset).map((unit) => ({ unit, counts: true }));
  const parent = assets.asset(asset.tenantId, asset.assetId.slice(0, Math.max(0, asset.assetId.lastIndexOf('.'))));
  if (parent === undefined) return { members: own };
  const counting = new Set(kpiUnitsOf(assets, parent).map(({ assetId }) => assetId));
  if (!counting.has(asset.assetId)) return { members: own };
  const serving = assets.children(parent.tenantId, parent.assetId).flatMap((child) => {
    const unit = counting.has(child.assetId) || !sees(child.assetId) ? undefined : kpiUnitOf(child);
    return unit === undefined ? [] : [{ unit, counts: false }];
  });
  return { members: [...own, ...serving] };
}
