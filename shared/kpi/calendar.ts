import { Temporal } from 'temporal-polyfill';
import {
  type BreakDefinition,
  type CalendarDefinition,
  type ShiftDefinition,
  shiftsStartingOn,
} from '../model/calendar.ts';
import { type Interval, subtract, unite } from './interval.ts';

/** One shift on one day. */
export interface ShiftInstance {
  readonly shiftId: string;
  /** Local date `YYYY-MM-DD` on which the shift starts; a night shift belongs to its evening. */
  readonly day: string;
  readonly from: number;
  readonly to: number;
  readonly breaks: readonly Interval[];
  /** The shift without its breaks. */
  readonly planned: readonly Interval[];
}

export type CalendarWindowKind = 'hour' | 'shift' | 'day';

export interface CalendarWindow {
  readonly kind: CalendarWindowKind;
  /** Of the calendar's shifts; null for hours and days, and where nobody wrote a calendar. */
  readonly shiftId: string | null;
  /** `2026-11-23 early`, `2026-11-23 14:00+08:00` or `2026-11-23`, in the plant's zone. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

/** What holds where nobody wrote a calendar: every minute is planned, days are those of UTC, and labels say so. */
export const aroundTheClock: CalendarDefinition = {
  calendarId: '',
  timeZone: 'UTC',
  shifts: [
    {
      id: '24/7',
      name: { zh: '全天候', en: 'Around the clock' },
      start: '00:00',
      end: '00:00',
      days: [1, 2, 3, 4, 5, 6, 7],
      breaks: [],
    },
  ],
  holidays: [],
};

/**
 * Shifts that touch [from, to), by start. Shift times are wall-clock times, so a night shift lasts an hour less or more when
 * the clock is changed; a start inside the skipped hour moves behind it, inside the repeated hour the first one counts.
 * A break keeps its length. @throws RangeError for an unknown zone or a malformed time.
 */
export function shiftsOf(calendar: CalendarDefinition, from: number, to: number): ShiftInstance[] {
  if (!(from < to)) return [];
  const found: ShiftInstance[] = [];
  // A shift that starts the day before yesterday can still be on: 24 h, and one more when the clock is set back.
  let day = localDate(calendar.timeZone, from).subtract({ days: 2 });
  const lastDay = localDate(calendar.timeZone, to);
  for (; Temporal.PlainDate.compare(day, lastDay) <= 0; day = day.add({ days: 1 })) {
    for (const shift of shiftsStartingOn(calendar, day.toString())) {
      const instance = shiftOn(day, shift, calendar.timeZone);
      if (instance.from < to && instance.to > from) found.push(instance);
    }
  }
  return found.sort((a, b) => a.from - b.from || a.to - b.to);
}

/** Planned time within [from, to): all shifts without their breaks. Where shifts overlap, time is planned once. */
export function plannedIn(calendar: CalendarDefinition, from: number, to: number): Interval[] {
  const planned = unite(shiftsOf(calendar, from, to).flatMap((shift) => shift.planned));
  return planned.map(([start, end]) => [Math.max(start, from), Math.min(end, to)] as const).filter(([a, b]) => a < b);
}

/** Windows of a kind that touch [from, to), whole, oldest first. Hours and days are those of the zone, with 23 and 25 h days. */
export function windowsOf(
  calendar: CalendarDefinition,
  kind: CalendarWindowKind,
  from: number,
  to: number,
): CalendarWindow[] {
  if (!(from < to)) return [];
  const suffix = calendar === aroundTheClock ? ' UTC' : '';
  if (kind === 'shift') {
    return shiftsOf(calendar, from, to).map((shift) => ({
      kind,
      shiftId: calendar === aroundTheClock ? null : shift.shiftId,
      label: `${shift.day} ${shift.shiftId}${suffix}`,
      from: shift.from,
      to: shift.to,
    }));
  }
  const windows: CalendarWindow[] = [];
  const zone = calendar.timeZone;
  for (let day = localDate(zone, from); startOf(day, zone) < to; day = day.add({ days: 1 })) {
    const whole: Interval = [startOf(day, zone), startOf(day.add({ days: 1 }), zone)];
    if (kind === 'day') windows.push({ kind, shiftId: null, label: `${day}${suffix}`, from: whole[0], to: whole[1] });
    else windows.push(...hoursOf(whole, zone, suffix));
  }
  return windows.filter((window) => window.from < to && window.to > from);
}

/** Counted from the start of the day, so that the same hours come out whatever range was asked for. */
function hoursOf([from, to]: Interval, zone: string, suffix: string): CalendarWindow[] {
  const hours: CalendarWindow[] = [];
  let start = from;
  while (start < to) {
    const local = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone);
    // A zone may change by half an hour: the hour then runs on to the next full one.
    const next = local.add({ hours: 1 });
    const end = Math.min(to, next.epochMilliseconds + ((60 - next.minute) % 60) * 60_000);
    const clock = `${local.toPlainDate()} ${local.toPlainTime().toString({ smallestUnit: 'minute' })}`;
    hours.push({
      kind: 'hour',
      shiftId: null,
      label: `${clock}${suffix === '' ? local.offset : suffix}`,
      from: start,
      to: end,
    });
    start = end;
  }
  return hours;
}

function shiftOn(day: Temporal.PlainDate, shift: ShiftDefinition, zone: string): ShiftInstance {
  const start = Temporal.PlainTime.from(shift.start);
  const end = Temporal.PlainTime.from(shift.end);
  const endDay = Temporal.PlainTime.compare(end, start) <= 0 ? day.add({ days: 1 }) : day;
  const whole: Interval = [instantOf(day, start, zone), instantOf(endDay, end, zone)];
  const breaks = unite(shift.breaks.map((pause) => breakOn(day, start, pause, zone)));
  const inside = breaks.map(([a, b]) => [Math.max(a, whole[0]), Math.min(b, whole[1])] as const);
  return {
    shiftId: shift.id,
    day: day.toString(),
    from: whole[0],
    to: whole[1],
    breaks: inside.filter(([a, b]) => a < b),
    planned: subtract(whole, breaks),
  };
}

function breakOn(
  day: Temporal.PlainDate,
  shiftStart: Temporal.PlainTime,
  pause: BreakDefinition,
  zone: string,
): Interval {
  const start = Temporal.PlainTime.from(pause.start);
  const wallMinutes = Temporal.PlainTime.from(pause.end).since(start).total('minutes');
  const afterMidnight = Temporal.PlainTime.compare(start, shiftStart) < 0;
  const from = instantOf(afterMidnight ? day.add({ days: 1 }) : day, start, zone);
  return [from, from + (wallMinutes < 0 ? wallMinutes + 1440 : wallMinutes) * 60_000];
}

function instantOf(day: Temporal.PlainDate, time: Temporal.PlainTime, zone: string): number {
  return day.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds;
}

/** Not always midnight: some zones have changed their clock at 0:00. */
function startOf(day: Temporal.PlainDate, zone: string): number {
  return day.toZonedDateTime(zone).epochMilliseconds;
}

function localDate(zone: string, time: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(zone).toPlainDate();
}
