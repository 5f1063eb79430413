import { Schema } from 'mongoose';
import type { TenantRecord } from '../records.ts';
import { requiredLocalText } from './local-text.ts';
import { optionalNumber, recordOptions, requiredText } from './schema-options.ts';

export const tenantSchema = new Schema<TenantRecord>(
  {
    _id: requiredText,
    name: requiredLocalText,
    createdAt: { type: Number },
    suspendedAt: optionalNumber,
    secondApprover: { type: Boolean },
  },
  recordOptions,
);
