import { Schema } from 'mongoose';
import type { SessionTokenRecord } from '../records.ts';
import { optionalNumber, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const sessionTokenSchema = new Schema<SessionTokenRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    sessionId: requiredText,
    kind: { type: String, required: true, enum: ['access', 'refresh'] },
    expiresAt: requiredNumber,
    usedAt: optionalNumber,
  },
  recordOptions,
);
sessionTokenSchema.index({ sessionId: 1 });
