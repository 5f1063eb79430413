import { Schema } from 'mongoose';
import type { UserRecord } from '../records.ts';
import { recordOptions, requiredNumber, requiredText } from './schema-options.ts';

export const userSchema = new Schema<UserRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    name: requiredText,
    passwordHash: requiredText,
    role: requiredText,
    createdAt: requiredNumber,
    mustChangePassword: { type: Boolean, default: false },
    scope: { type: [String], default: null },
    disabled: { type: Boolean, default: false },
  },
  recordOptions,
);
userSchema.index({ name: 1 }, { unique: true });
userSchema.index({ tenantId: 1 });
