import { assetLevels, tagRoles } from '@gongfu/shared/model/asset';
import { Schema } from 'mongoose';
import type { AssetRecord, AssetSignal, TargetChange } from '../records.ts';
import { requiredLocalText } from './local-text.ts';
import { optionalNumber, partOptions, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

const signalSchema = new Schema<AssetSignal>(
  {
    role: { type: String, required: true, enum: tagRoles },
    gateway: requiredText,
    source: requiredText,
    tag: requiredText,
    rolloverAt: optionalNumber,
  },
  partOptions,
);

const targetChangeSchema = new Schema<TargetChange>(
  { from: requiredNumber, plannedCycleMs: optionalNumber, targetOee: optionalNumber },
  partOptions,
);

export const assetSchema = new Schema<AssetRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    assetId: requiredText,
    parentId: { type: String, default: null },
    level: { type: String, required: true, enum: assetLevels },
    name: requiredLocalText,
    order: requiredNumber,
    calendarId: { type: String, default: null },
    stateMappingId: { type: String, default: null },
    plannedCycleMs: optionalNumber,
    targetOee: optionalNumber,
    kpiFrom: { type: [String], default: [] },
    signals: { type: [signalSchema], default: [] },
    targetChanges: { type: [targetChangeSchema], default: [] },
    retiredAt: optionalNumber,
    importedPrint: { type: String },
  },
  recordOptions,
);
assetSchema.index({ tenantId: 1, assetId: 1 }, { unique: true });
assetSchema.index({ tenantId: 1 });
