import { Schema } from 'mongoose';
import type { ApiKeyRecord } from '../records.ts';
import { optionalNumber, optionalText, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const apiKeySchema = new Schema<ApiKeyRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    name: requiredText,
    hash: requiredText,
    permissions: { type: [String], required: true },
    scope: { type: [String], default: null },
    makerId: requiredText,
    makerName: requiredText,
    createdAt: requiredNumber,
    expiresAt: requiredNumber,
    lastUsedAt: optionalNumber,
    lastUsedFrom: optionalText,
  },
  recordOptions,
);
apiKeySchema.index({ hash: 1 }, { unique: true });
apiKeySchema.index({ tenantId: 1, name: 1 }, { unique: true });
