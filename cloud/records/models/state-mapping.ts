import { machineStates, type StateMappingEntry } from '@gongfu/shared/model/machine-state';
import { Schema } from 'mongoose';
import type { StateMappingRecord } from '../records.ts';
import { optionalLocalText } from './local-text.ts';
import { partOptions, recordOptions, requiredText } from './schema-options.ts';

const entrySchema = new Schema<StateMappingEntry>(
  {
    // A number, a boolean or a text: it must read back as what the source sends.
    value: { type: Schema.Types.Mixed, required: true },
    state: { type: String, required: true, enum: machineStates },
    cause: optionalLocalText,
  },
  partOptions,
);

export const stateMappingSchema = new Schema<StateMappingRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    stateMappingId: requiredText,
    version: requiredText,
    states: { type: [entrySchema], default: [] },
  },
  recordOptions,
);
stateMappingSchema.index({ tenantId: 1, stateMappingId: 1 }, { unique: true });
