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

export interface CalendarDefinition {
  readonly calendarId: string;
  /** IANA name, as `Asia/Shanghai`. */
  readonly timeZone: string;
  readonly shifts: readonly ShiftDefinition[];
  /** Local dates `YYYY-MM-DD` on which no shift starts. */
  readonly holidays: readonly string[];
}
