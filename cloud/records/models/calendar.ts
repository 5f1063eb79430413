import type { BreakDefinition, ExtraDay, ShiftChange, ShiftDefinition } from '@gongfu/shared/model/calendar';
import { Schema } from 'mongoose';
import type { CalendarRecord } from '../records.ts';
import { requiredLocalText } from './local-text.ts';
import { optionalText, partOptions, recordOptions, requiredNumber, requiredText } from './schema-options.ts';

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

const extraDaySchema = new Schema<ExtraDay>({ date: requiredText, like: requiredNumber }, partOptions);

const changeSchema = new Schema<ShiftChange>({ from: requiredText, shifts: { type: [shiftSchema] } }, partOptions);

export const calendarSchema = new Schema<CalendarRecord>(
  {
    _id: requiredText,
    tenantId: requiredText,
    calendarId: requiredText,
    timeZone: requiredText,
    shifts: { type: [shiftSchema], default: [] },
    holidays: { type: [String], default: [] },
    extraDays: { type: [extraDaySchema], default: [] },
    changes: { type: [changeSchema], default: [] },
    revision: { type: Number, default: 1 },
    importedPrint: optionalText,
  },
  recordOptions,
);
calendarSchema.index({ tenantId: 1, calendarId: 1 }, { unique: true });
