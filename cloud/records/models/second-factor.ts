import { Schema } from 'mongoose';
import type { SecondFactorRecord } from '../records.ts';
import { optionalNumber, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const secondFactorSchema = new Schema<SecondFactorRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    secret: requiredText,
    createdAt: requiredNumber,
    confirmedAt: optionalNumber,
    lastStep: requiredNumber,
    recoveryHashes: { type: [String], default: [] },
  },
  recordOptions,
);
