import { Schema } from 'mongoose';
import type { IdentityRecord } from '../records.ts';
import { recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const identitySchema = new Schema<IdentityRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    issuer: requiredText,
    subject: requiredText,
    userId: requiredText,
    createdAt: requiredNumber,
  },
  recordOptions,
);
identitySchema.index({ userId: 1 });
