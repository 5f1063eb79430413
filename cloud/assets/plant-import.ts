import { createHash } from 'node:crypto';
import type { AssetRecord, Records } from '../records/records.ts';
import type { PlantAsset, PlantModel } from './plant-model.ts';

interface Inherited {
  readonly parentId: string | null;
  readonly gateway: string;
  readonly calendarId: string | null;
  readonly stateMappingId: string | null;
}

type ImportedAsset = Omit<AssetRecord, 'importedPrint' | 'targetChanges' | 'retiredAt'>;

/**
 * Writes a plant model into the records, one idempotent document at a time. A calendar or an asset is taken from the file
 * when the file says something else about it than last time: what was changed on the page since then stays otherwise.
 * Assets that came from the file and are no longer in it are removed; history is untouched by it.
 */
export async function importPlant(records: Records, plant: PlantModel): Promise<void> {
  const tenantId = plant.tenant.id;
  await records.tenants.updateOne({ _id: tenantId }, { $set: { name: plant.tenant.name } }, { upsert: true });
  await importCalendars(records, tenantId, plant.calendars);
  for (const mapping of plant.stateMappings) {
    const content = { tenantId, stateMappingId: mapping.id, version: printOf(mapping.states), states: mapping.states };
    await records.stateMappings.updateOne({ _id: `${tenantId}/${mapping.id}` }, { $set: content }, { upsert: true });
  }
  await importAssets(records, tenantId, plant.assets);
}

async function importCalendars(records: Records, tenantId: string, calendars: PlantModel['calendars']): Promise<void> {
  const known = await records.calendars.find({ tenantId }).lean();
  for (const { id, ...calendar } of calendars) {
    const before = known.find(({ calendarId }) => calendarId === id);
    const importedPrint = printOf(calendar);
    if (before?.importedPrint === importedPrint) continue;
    const revision = (before?.revision ?? 0) + 1;
    const content = { tenantId, calendarId: id, ...calendar, importedPrint, revision };
    await records.calendars.updateOne({ _id: `${tenantId}/${id}` }, { $set: content }, { upsert: true });
  }
}

async function importAssets(records: Records, tenantId: string, assets: readonly PlantAsset[]): Promise<void> {
  const known = await records.assets.find({ tenantId }).select({ importedPrint: 1 }).lean();
  const prints = new Map(known.map(({ _id, importedPrint }) => [_id, importedPrint]));
  const flat = flatten(tenantId, assets, { parentId: null, gateway: '', calendarId: null, stateMappingId: null });
  for (const { _id, ...asset } of flat) {
    const importedPrint = printOf(asset);
    if (prints.get(_id) === importedPrint) continue;
    const content = { ...asset, importedPrint, targetChanges: [], retiredAt: null };
    await records.assets.updateOne({ _id }, { $set: content }, { upsert: true });
  }
  const gone = known
    .filter(({ _id, importedPrint }) => importedPrint !== '' && !flat.some((asset) => asset._id === _id))
    .map(({ _id }) => _id);
  await records.assets.deleteMany({ tenantId, _id: { $in: gone } });
}

function printOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
}

function flatten(tenantId: string, assets: readonly PlantAsset[], inherited: Inherited): ImportedAsset[] {
  return assets.flatMap((asset, order) => {
    const assetId = inherited.parentId === null ? asset.id : `${inherited.parentId}.${asset.id}`;
    const gateway = asset.gateway ?? inherited.gateway;
    const calendarId = asset.calendar ?? inherited.calendarId;
    const stateMappingId = asset.stateMapping ?? inherited.stateMappingId;
    const record: ImportedAsset = {
      _id: `${tenantId}/${assetId}`,
      tenantId,
      assetId,
      parentId: inherited.parentId,
      level: asset.level,
      name: asset.name,
      order,
      calendarId,
      stateMappingId,
      plannedCycleMs: asset.plannedCycle ?? null,
      targetOee: asset.targetOee ?? null,
      kpiFrom: asset.kpiFrom.map((child) => `${assetId}.${child}`),
      signals: asset.signals.map((signal) => ({
        role: signal.role,
        gateway: signal.gateway ?? gateway,
        source: signal.source,
        tag: signal.tag,
        rolloverAt: signal.rolloverAt ?? null,
      })),
    };
    return [record, ...flatten(tenantId, asset.children, { parentId: assetId, gateway, calendarId, stateMappingId })];
  });
}
