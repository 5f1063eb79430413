import { columnKinds, valueTypes } from '@gongfu/shared/model/value-type';
import { Schema } from 'mongoose';
import type { TagRecord } from '../records.ts';
import {
  optionalNumber,
  optionalText,
  partOptions,
  recordOptions,
  requiredNumber,
  requiredText,
} from './schema-options.ts';

const writableSchema = new Schema<NonNullable<TagRecord['writable']>>(
  { minimum: optionalNumber, maximum: optionalNumber },
  partOptions,
);

export const tagSchema = new Schema<TagRecord>(
  {
    _id: requiredText,
    number: requiredNumber,
    tenantId: requiredText,
    gatewayId: requiredText,
    source: requiredText,
    name: requiredText,
    type: { type: String, required: true, enum: valueTypes },
    scaled: { type: Boolean, required: true },
    kind: { type: String, required: true, enum: columnKinds },
    unit: optionalText,
    description: optionalText,
    maxSilentMs: requiredNumber,
    writable: { type: writableSchema },
  },
  recordOptions,
);
tagSchema.index({ number: 1 }, { unique: true });
tagSchema.index({ tenantId: 1, gatewayId: 1, source: 1, name: 1, type: 1, scaled: 1 }, { unique: true });
tagSchema.index({ tenantId: 1 });
