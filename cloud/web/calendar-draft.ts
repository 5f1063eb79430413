import { type ShiftDefinition, shiftsInForce } from '@gongfu/shared/model/calendar';
import type { Calendar } from './administration-shapes.ts';

/** The shifts as they are being written, and from when they hold. */
export interface CalendarDraft {
  readonly shifts: readonly ShiftDefinition[];
  /** A local date to come; null: in place of what holds now, so for the past too. */
  readonly from: string | null;
}

/** No id of a shift begins with it. */
const newMark = '+';

/** What is sent to the platform for it. */
export type CalendarContent = Omit<Calendar, 'id' | 'usedBy' | 'revision'>;

/** The calendar as it would be. */
export function withDraft(calendar: CalendarContent, { shifts, from }: CalendarDraft, today: string): CalendarContent {
  const { timeZone, holidays, extraDays, changes } = calendar;
  const named = shifts.map((shift) => ({
    ...shift,
    id: shift.id.startsWith(newMark) ? idFor(shift, shifts) : shift.id,
  }));
  const day =
    from ??
    changes
      .map((change) => change.from)
      .filter((date) => date <= today)
      .sort()
      .at(-1);
  if (day === undefined) return { timeZone, shifts: named, holidays, extraDays, changes };
  const others = changes.filter((change) => change.from !== day);
  const changed = [...others, { from: day, shifts: named }].sort((a, b) => a.from.localeCompare(b.from));
  return { timeZone, shifts: calendar.shifts, holidays, extraDays, changes: changed };
}

export function shiftsOn(calendar: CalendarContent, date: string): readonly ShiftDefinition[] {
  return shiftsInForce({ calendarId: '', ...calendar }, date);
}

/** Nobody needs to think of an id: it comes from the English name, once. */
function idFor({ name }: ShiftDefinition, shifts: readonly ShiftDefinition[]): string {
  const plain = slugOf(name.en) || 'shift';
  const taken = shifts.map(({ id }) => id);
  for (let n = 1; ; n += 1) {
    const id = n === 1 ? plain : `${plain}-${n}`;
    if (!taken.includes(id)) return id;
  }
}

export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
}

/** Follows the last one, eight hours long. */
export function nextShift(shifts: readonly ShiftDefinition[]): ShiftDefinition {
  const last = shifts.at(-1);
  const start = last?.end ?? '08:00';
  const hour = (Number(start.slice(0, 2)) + 8) % 24;
  return {
    ...{
      id: `${newMark}${Math.max(0, ...shifts.map(({ id }) => Number(id) || 0)) + 1}`,
      name: { zh: '', en: '' },
      start,
      end: `${String(hour).padStart(2, '0')}${start.slice(2)}`,
    },
    days: last?.days ?? [1, 2, 3, 4, 5],
    breaks: [],
  };
}
