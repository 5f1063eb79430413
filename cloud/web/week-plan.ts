import { type ShiftDefinition, shiftsStartingOn, weekdayOf } from '@gongfu/shared/model/calendar';
import { breakSpan, minuteOf, shiftMinutes } from '@gongfu/shared/model/calendar-fault';
import type { Calendar } from './administration-shapes.ts';

/** What decides on which day which shift starts. */
export type PlannedCalendar = Pick<Calendar, 'timeZone' | 'shifts' | 'holidays' | 'extraDays' | 'changes'>;

/** A part of a shift within one day; minutes of that day. */
export interface PlanPart {
  readonly shift: ShiftDefinition;
  readonly from: number;
  readonly to: number;
  readonly isBreak: boolean;
}

export interface PlanDay {
  readonly date: string;
  readonly isHoliday: boolean;
  /** The weekday it is worked like, where that is another than its own. */
  readonly like: number | null;
  readonly parts: readonly PlanPart[];
  /** Of the shifts that start on it, without breaks; overlapping time counts for each. */
  readonly plannedMinutes: number;
}

const dayMinutes = 24 * 60;

/** Seven days from Monday `monday`, as the clock on the wall goes; a night shift shows on both of its days. */
export function weekPlan(calendar: PlannedCalendar, monday: string): PlanDay[] {
  const dates = Array.from({ length: 8 }, (_, at) => dayAfter(monday, at - 1));
  const starting = dates.map((date) => shiftsStartingOn({ calendarId: '', ...calendar }, date));
  return dates.slice(1).map((date, at) => ({
    date,
    isHoliday: calendar.holidays.includes(date),
    like: calendar.extraDays.find((day) => day.date === date)?.like ?? null,
    parts: [
      ...(starting[at] ?? []).flatMap((shift) => partsOf(shift, dayMinutes)),
      ...(starting[at + 1] ?? []).flatMap((shift) => partsOf(shift, 0)),
    ],
    plannedMinutes: (starting[at + 1] ?? []).reduce((sum, shift) => sum + plannedMinutesOf(shift), 0),
  }));
}

/** Of a shift that started `ago` minutes before this day began. */
function partsOf(shift: ShiftDefinition, ago: number): PlanPart[] {
  const start = minuteOf(shift.start) - ago;
  const whole = { shift, from: start, to: start + shiftMinutes(shift), isBreak: false };
  const breaks = shift.breaks.map((pause) => {
    const [from, to] = breakSpan(shift, pause);
    return { shift, from: start + from, to: start + to, isBreak: true };
  });
  return [whole, ...breaks]
    .map((part) => ({ ...part, from: Math.max(0, part.from), to: Math.min(dayMinutes, part.to) }))
    .filter(({ from, to }) => from < to);
}

export function plannedMinutesOf(shift: ShiftDefinition): number {
  const paused = shift.breaks.map((pause) => breakSpan(shift, pause)).reduce((sum, [from, to]) => sum + to - from, 0);
  return shiftMinutes(shift) - paused;
}

export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function mondayOf(date: string): string {
  return dayAfter(date, 1 - weekdayOf(date));
}

/** The local date of a moment. */
export function dateIn(timeZone: string, time: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(time);
}
