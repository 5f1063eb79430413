import { Schema } from 'mongoose';
import type { EnrolmentCodeRecord } from '../records.ts';
import { optionalNumber, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const enrolmentCodeSchema = new Schema<EnrolmentCodeRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    gatewayName: requiredText,
    createdAt: requiredNumber,
    expiresAt: requiredNumber,
    usedAt: optionalNumber,
  },
  recordOptions,
);
enrolmentCodeSchema.index({ tenantId: 1 });
