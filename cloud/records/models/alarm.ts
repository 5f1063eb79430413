import { alarmEnds } from '@gongfu/shared/model/alarm-end';
import { Schema } from 'mongoose';
import type { AlarmRecord } from '../alarm-record.ts';
import { optionalNumber, optionalText, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

const optionalBoolean = { type: Boolean, default: null } as const;

export const alarmSchema = new Schema<AlarmRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    number: requiredNumber,
    gatewayId: requiredText,
    source: requiredText,
    identity: requiredText,
    condition: requiredText,
    branch: optionalText,
    name: optionalText,
    origin: optionalText,
    type: optionalText,
    message: optionalText,
    severity: optionalNumber,
    active: optionalBoolean,
    acknowledged: optionalBoolean,
    confirmed: optionalBoolean,
    openedAt: requiredNumber,
    activeSince: optionalNumber,
    changedAt: requiredNumber,
    open: { type: Boolean, required: true },
    endedAt: optionalNumber,
    ended: { type: String, enum: [...alarmEnds, null], default: null },
    unwatchedSince: optionalNumber,
    refresh: requiredNumber,
    epoch: requiredNumber,
    report: requiredNumber,
  },
  recordOptions,
);
alarmSchema.index({ tenantId: 1, number: 1 }, { unique: true });
alarmSchema.index({ tenantId: 1, open: 1 });
alarmSchema.index({ gatewayId: 1, source: 1, open: 1 });
alarmSchema.index({ identity: 1 });
