import { Schema } from 'mongoose';
import type { SessionRecord } from '../records.ts';
import { optionalText, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const sessionSchema = new Schema<SessionRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    userId: requiredText,
    createdAt: requiredNumber,
    expiresAt: requiredNumber,
    // Records from before there were refresh tokens have none; nothing opens them any more, and they run out.
    lastSeenAt: { type: Number, default: 0 },
    address: optionalText,
    device: optionalText,
  },
  recordOptions,
);
sessionSchema.index({ userId: 1 });
