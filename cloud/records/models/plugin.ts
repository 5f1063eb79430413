import { Schema } from 'mongoose';
import type { PluginRecordRecord, PluginStateRecord } from '../records.ts';
import { optionalText, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const pluginStateSchema = new Schema<PluginStateRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    pluginId: requiredText,
    on: { type: Boolean, required: true },
    settings: optionalText,
    changedAt: requiredNumber,
  },
  recordOptions,
);
pluginStateSchema.index({ tenantId: 1 });

export const pluginRecordSchema = new Schema<PluginRecordRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    pluginId: requiredText,
    key: requiredText,
    json: requiredText,
    updatedAt: requiredNumber,
  },
  recordOptions,
);
pluginRecordSchema.index({ tenantId: 1, pluginId: 1, key: 1 }, { unique: true });
