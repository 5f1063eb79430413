import { configurationStates } from '@gongfu/shared/model/configuration-state';
import { Schema } from 'mongoose';
import type { ConfigurationRecord } from '../configuration-record.ts';
import {
  optionalNumber,
  optionalText,
  partOptions,
  recordOptions,
  requiredNumber,
  requiredText,
} from './schema-options.ts';

const authorSchema = new Schema<ConfigurationRecord['author']>(
  { kind: requiredText, id: requiredText, name: requiredText },
  partOptions,
);

const placeSchema = new Schema<NonNullable<ConfigurationRecord['result']>['places'][number]>(
  { where: optionalText, what: optionalText },
  partOptions,
);

const resultSchema = new Schema<NonNullable<ConfigurationRecord['result']>>(
  { code: optionalText, detail: optionalText, places: [placeSchema], at: requiredNumber },
  partOptions,
);

export const configurationSchema = new Schema<ConfigurationRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    gatewayId: requiredText,
    number: requiredNumber,
    text: requiredText,
    note: optionalText,
    author: { type: authorSchema, required: true },
    state: { type: String, required: true, enum: configurationStates },
    createdAt: requiredNumber,
    receivedAt: optionalNumber,
    endedAt: optionalNumber,
    result: { type: resultSchema, default: null },
  },
  recordOptions,
);
configurationSchema.index({ gatewayId: 1, number: 1 }, { unique: true });
configurationSchema.index({ tenantId: 1, gatewayId: 1 });
