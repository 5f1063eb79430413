import { createHash } from 'node:crypto';
import type { AssetRecord, Records } from '../records/records.ts';
import type { PlantAsset, PlantModel } from './plant-model.ts';

interface Inherited {
  readonly parentId: string | null;
  readonly gateway: string;
  readonly calendarId: string | null;
  readonly stateMappingId: string | null;
}

/**
 * Writes a plant model into the records, one idempotent document at a time. Assets of the tenant that the file no longer
 * names are removed; history is untouched by it.
 */
export async function importPlant(records: Records, plant: PlantModel): Promise<void> {
  const tenantId = plant.tenant.id;
  await records.tenants.updateOne({ _id: tenantId }, { $set: { name: plant.tenant.name } }, { upsert: true });
  for (const { id, ...calendar } of plant.calendars) {
    const content = { tenantId, calendarId: id, ...calendar };
    await records.calendars.updateOne({ _id: `${tenantId}/${id}` }, { $set: content }, { upsert: true });
  }
  for (const mapping of plant.stateMappings) {
    const version = createHash('sha256').update(JSON.stringify(mapping.states)).digest('hex').slice(0, 12);
    const content = {
      tenantId,
      stateMappingId: mapping.id,
      version,
      states: mapping.states,
    };
    await records.stateMappings.updateOne({ _id: `${tenantId}/${mapping.id}` }, { $set: content }, { upsert: true });
  }
  const assets = flatten(tenantId, plant.assets, {
    parentId: null,
    gateway: '',
    calendarId: null,
    stateMappingId: null,
  });
  for (const { _id, ...content } of assets) {
    await records.assets.updateOne({ _id }, { $set: content }, { upsert: true });
  }
  await records.assets.deleteMany({
    tenantId,
    _id: { $nin: assets.map((asset) => asset._id) },
  });
}

function flatten(tenantId: string, assets: readonly PlantAsset[], inherited: Inherited): AssetRecord[] {
  return assets.flatMap((asset, order) => {
    const assetId = inherited.parentId === null ? asset.id : `${inherited.parentId}.${asset.id}`;
    const gateway = asset.gateway ?? inherited.gateway;
    const calendarId = asset.calendar ?? inherited.calendarId;
    const stateMappingId = asset.stateMapping ?? inherited.stateMappingId;
    const record: AssetRecord = {
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
    return [
      record,
      ...flatten(tenantId, asset.children, {
        parentId: assetId,
        gateway,
        calendarId,
        stateMappingId,
      }),
    ];
  });
}
