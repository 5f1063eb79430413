import { Schema } from 'mongoose';
import type { GatewayRecord } from '../records.ts';
import { optionalNumber, partOptions, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

const publicKeySchema = new Schema<GatewayRecord['publicKey']>(
  { kty: requiredText, crv: requiredText, x: requiredText },
  partOptions,
);

const configurationSchema = new Schema<NonNullable<GatewayRecord['configuration']>>(
  { version: requiredText, since: requiredNumber },
  partOptions,
);

export const gatewaySchema = new Schema<GatewayRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    name: requiredText,
    status: { type: String, required: true, enum: ['enrolled', 'revoked'] },
    publicKey: { type: publicKeySchema, required: true },
    enrolledAt: requiredNumber,
    lastSeenAt: optionalNumber,
    secondApprover: { type: Boolean },
    configuration: { type: configurationSchema, default: null },
  },
  recordOptions,
);
gatewaySchema.index({ tenantId: 1, name: 1 }, { unique: true });
