import type { LocalText } from './asset.ts';

/** A shift as people write it: wall-clock times of the plant's zone, `HH:MM`. An end at or before the start lies on the next day. */
export interface ShiftDefinition {
  readonly id: string;
  readonly name: LocalText;
  readonly start: string;
  readonly end: string;
  /** Days on which the shift starts: 1 = Monday … 7 = Sunday. */
  readonly days: readonly number[];
  readonly breaks: readonly BreakDefinition[];
}

export interface BreakDefinition {
  readonly start: string;
  readonly end: string;
}

/** A date on which work goes as on another day of the week: a Saturday worked for a holiday. */
export interface ExtraDay {
  readonly date: string;
  /** 1 = Monday … 7 = Sunday: whose shifts start on it. */
  readonly like: number;
}

/** Other shifts from a local date on, for all shifts that start on it or later. */
export interface ShiftChange {
  readonly from: string;
  readonly shifts: readonly ShiftDefinition[];
}

export interface CalendarDefinition {
  readonly calendarId: string;
  /** IANA name, as `Asia/Shanghai`. */
  readonly timeZone: string;
  /** What holds until the first of `changes`. */
  readonly shifts: readonly ShiftDefinition[];
  /** Local dates `YYYY-MM-DD` on which no shift starts. */
  readonly holidays: readonly string[];
  /** Stronger than a holiday of the same date. */
  readonly extraDays?: readonly ExtraDay[];
  /** So that a new working time leaves the figures of the past alone. In any order. */
  readonly changes?: readonly ShiftChange[];
}

/** The shifts in force on a local date, whether one starts on it or not. */
export function shiftsInForce(calendar: CalendarDefinition, date: string): readonly ShiftDefinition[] {
  let latest: ShiftChange | undefined;
  for (const change of calendar.changes ?? []) {
    if (change.from <= date && (latest === undefined || change.from > latest.from)) latest = change;
  }
  return latest?.shifts ?? calendar.shifts;
}

/** The shifts that start on a local date, after holidays and extra days. */
export function shiftsStartingOn(calendar: CalendarDefinition, date: string): readonly ShiftDefinition[] {
  const extra = calendar.extraDays?.find((day) => day.date === date);
  if (extra === undefined && calendar.holidays.includes(date)) return [];
  const weekday = extra?.like ?? weekdayOf(date);
  return shiftsInForce(calendar, date).filter(({ days }) => days.includes(weekday));
}

/** 1 = Monday … 7 = Sunday. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
}
