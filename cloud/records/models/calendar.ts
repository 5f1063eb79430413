import type { BreakDefinition, ShiftDefinition } from '@gongfu/shared/model/calendar';
import { Schema } from 'mongoose';
import type { CalendarRecord } from '../records.ts';
import { requiredLocalText } from './local-text.ts';
import { partOptions, recordOptions, requiredText } from './schema-options.ts';

const breakSchema = new Schema<BreakDefinition>({ start: requiredText, end: requiredText }, partOptions);

const shiftSchema = new Schema<ShiftDefinition>(
  {
    id: requiredText,
    name: requiredLocalText,
    start: requiredText,
    end: requiredText,
    days: { type: [Number], required: true },
    breaks: { type: [breakSchema], default: [] },
  },
  partOptions,
);

export const calendarSchema = new Schema<CalendarRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    calendarId: requiredText,
    timeZone: requiredText,
    shifts: { type: [shiftSchema], default: [] },
    holidays: { type: [String], default: [] },
  },
  recordOptions,
);
calendarSchema.index({ tenantId: 1, calendarId: 1 }, { unique: true });
