import { Schema } from 'mongoose';
import type { AuditRecord } from '../records.ts';
import { optionalText, partOptions, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

const actorSchema = new Schema<AuditRecord['actor']>(
  { kind: requiredText, id: optionalText, name: optionalText },
  partOptions,
);

export const auditSchema = new Schema<AuditRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    number: requiredNumber,
    at: requiredNumber,
    actor: { type: actorSchema, required: true },
    action: requiredText,
    object: optionalText,
    outcome: requiredText,
    address: optionalText,
    detail: optionalText,
  },
  recordOptions,
);
auditSchema.index({ tenantId: 1, number: 1 }, { unique: true });
