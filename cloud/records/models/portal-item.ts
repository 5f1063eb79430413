import { Schema } from 'mongoose';
import type { PortalItemRecord } from '../records.ts';
import { requiredLocalText } from './local-text.ts';
import { optionalNumber, optionalText, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const portalItemSchema = new Schema<PortalItemRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    kind: { type: String, required: true, enum: ['notice', 'service'] },
    title: requiredLocalText,
    text: requiredLocalText,
    category: optionalText,
    link: optionalText,
    until: optionalNumber,
    createdAt: requiredNumber,
    createdBy: requiredText,
  },
  recordOptions,
);
portalItemSchema.index({ tenantId: 1, createdAt: 1 });
