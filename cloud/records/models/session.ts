import { Schema } from 'mongoose';
import type { SessionRecord } from '../records.ts';
import { recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const sessionSchema = new Schema<SessionRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    userId: requiredText,
    createdAt: requiredNumber,
    expiresAt: requiredNumber,
  },
  recordOptions,
);
sessionSchema.index({ userId: 1 });
