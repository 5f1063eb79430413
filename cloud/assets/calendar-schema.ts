import { nameLengthMax, namePattern, nameWording } from '@gongfu/shared/model/name-text';
import { z } from 'zod';

/** What somebody has called something. */
export const nameText = z.string().min(1).max(nameLengthMax).regex(namePattern, nameWording);

export const localText = z.strictObject({ zh: nameText, en: nameText });

export const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected lower-case letters, digits and hyphens');

const wallTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected HH:MM');

const weekday = z.number().int().min(1).max(7);

const timeZone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, 'expected an IANA time zone, as Asia/Shanghai');

const shifts = z
  .array(
    z.strictObject({
      id: slug,
      name: localText,
      start: wallTime,
      end: wallTime,
      days: z.array(weekday).default([1, 2, 3, 4, 5, 6, 7]),
      breaks: z.array(z.strictObject({ start: wallTime, end: wallTime })).default([]),
    }),
  )
  .min(1);

/** A shift calendar as it stands in a plant file and in a request. */
export const calendarSchema = z.strictObject({
  id: slug,
  timeZone,
  shifts,
  holidays: z.array(z.iso.date()).default([]),
  extraDays: z.array(z.strictObject({ date: z.iso.date(), like: weekday })).default([]),
  changes: z.array(z.strictObject({ from: z.iso.date(), shifts })).default([]),
});
