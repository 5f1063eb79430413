import { Schema } from 'mongoose';
import type { WebhookDeliveryRecord } from '../records.ts';
import { optionalNumber, optionalText, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const webhookDeliverySchema = new Schema<WebhookDeliveryRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    hook: requiredText,
    event: requiredText,
    body: requiredText,
    state: { type: String, required: true, enum: ['waiting', 'sent', 'dead'] },
    attempts: requiredNumber,
    nextAt: optionalNumber,
    fault: optionalText,
    answer: optionalNumber,
    createdAt: requiredNumber,
  },
  recordOptions,
);
webhookDeliverySchema.index({ state: 1, nextAt: 1 });
webhookDeliverySchema.index({ tenantId: 1, createdAt: -1 });
webhookDeliverySchema.index({ hook: 1, state: 1, createdAt: 1 });
