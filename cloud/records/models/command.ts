import { commandStates } from '@gongfu/shared/model/command-state';
import { Schema } from 'mongoose';
import type { CommandRecord } from '../command-record.ts';
import {
  optionalNumber,
  optionalText,
  partOptions,
  recordOptions,
  requiredNumber,
  requiredText,
} from './schema-options.ts';

const personSchema = new Schema<CommandRecord['requester']>(
  { kind: requiredText, id: requiredText, name: requiredText, personId: requiredText },
  partOptions,
);

const sentAsSchema = new Schema<NonNullable<CommandRecord['sentAs']>>(
  { number: requiredNumber, epoch: requiredNumber },
  partOptions,
);

const resultSchema = new Schema<NonNullable<CommandRecord['result']>>(
  {
    outcome: requiredText,
    code: requiredText,
    detail: optionalText,
    readBack: { type: Schema.Types.Mixed, default: null },
    at: requiredNumber,
  },
  partOptions,
);

export const commandSchema = new Schema<CommandRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    number: requiredNumber,
    gatewayId: requiredText,
    tag: requiredNumber,
    source: requiredText,
    name: requiredText,
    // A text may be empty: `required` is for values that mongoose counts as present.
    value: { type: Schema.Types.Mixed },
    valueBefore: { type: Schema.Types.Mixed, default: null },
    reason: requiredText,
    requester: { type: personSchema, required: true },
    approver: { type: personSchema, default: null },
    idempotencyKey: requiredText,
    state: { type: String, required: true, enum: commandStates },
    requestedAt: requiredNumber,
    expiresAt: requiredNumber,
    approvedAt: optionalNumber,
    sentAt: optionalNumber,
    receivedAt: optionalNumber,
    endedAt: optionalNumber,
    sentAs: { type: sentAsSchema, default: null },
    result: { type: resultSchema, default: null },
  },
  recordOptions,
);
commandSchema.index({ tenantId: 1, 'requester.id': 1, idempotencyKey: 1 }, { unique: true });
commandSchema.index({ tenantId: 1, number: 1 }, { unique: true });
commandSchema.index({ tenantId: 1 });
// Of one field: what is open is found by a list of states, and the embedded store can look up no other.
commandSchema.index({ state: 1 });
