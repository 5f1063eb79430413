import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { aroundTheClock, type CalendarWindow, shiftsOf, windowsOf } from '@gongfu/shared/kpi/calendar';
import type { CalendarDefinition } from '@gongfu/shared/model/calendar';
import type { KpiWindow } from './kpi-engine.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const maxWindows = 1_000;
const maxCustomDays = 31;

/** A window of any kind; `custom` is exactly what was asked for. */
export interface AskedWindow extends Omit<CalendarWindow, 'kind'> {
  readonly kind: KpiWindow | 'custom';
}

/** The windows of a question that have begun, whole, oldest first. @throws Problem when the range makes no sense or is too long. */
export function windowsAsked(
  query: { readonly window: KpiWindow | 'custom'; readonly from: number; readonly to: number },
  calendar: CalendarDefinition,
  now: number,
): AskedWindow[] {
  const { window, from, to } = query;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from >= to) {
    throw new Problem({
      code: 'kpi-range-invalid',
      detail: `The KPI range from ${from} to ${to} is empty, before 1970 or not in whole milliseconds.`,
      advice: 'Give a start that lies before the end.',
      reaction: 'drop',
      status: 400,
    });
  }
  const longestMs = window === 'custom' ? maxCustomDays * dayMs : maxWindows * (window === 'hour' ? hourMs : dayMs);
  if (to - from > longestMs) throw tooLong(window);
  if (window === 'custom') {
    if (from >= now) return [];
    const label = calendar === aroundTheClock ? 'custom UTC' : 'custom';
    return [{ kind: window, shiftId: null, label, from, to }];
  }
  // By the windows, not by the range: a clock set back since the question was put must not hide the current one.
  const windows = checked(calendar, () => windowsOf(calendar, window, from, to)).filter((one) => one.from < now);
  if (windows.length > maxWindows) throw tooLong(window);
  return windows;
}

function tooLong(window: KpiWindow | 'custom'): Problem {
  const limit = window === 'custom' ? `${maxCustomDays} days` : `${maxWindows} windows of kind ${window}`;
  return new Problem({
    code: 'kpi-range-too-long',
    detail: `The KPI range covers more than ${limit}.`,
    advice: `Ask for at most ${limit} at a time, or choose longer windows.`,
    reaction: 'drop',
    status: 400,
  });
}

/** The shift that began last, still on or not, and when to look again. After days without any shift: the local day. */
export function currentWindow(calendar: CalendarDefinition, now: number): { window: AskedWindow; turnAt: number } {
  return checked(calendar, () => {
    const next = shiftsOf(calendar, now, now + 8 * dayMs).find((shift) => shift.from > now);
    const day = windowsOf(calendar, 'day', now, now + 1)[0]!;
    const begun = windowsOf(calendar, 'shift', now - 4 * dayMs, now + 1).filter((shift) => shift.from <= now);
    const window = begun.at(-1) ?? day;
    return {
      window,
      turnAt: Math.min(next?.from ?? day.to, window.kind === 'day' ? day.to : Number.POSITIVE_INFINITY),
    };
  });
}

/** Runs calendar arithmetic; a record with an unknown zone or a malformed time becomes a problem that names it. */
export function checked<T>(calendar: CalendarDefinition, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem({
      code: 'calendar-invalid',
      detail: `The calendar ${calendar.calendarId} cannot be used: ${messageOf(error)}`,
      advice: 'Correct its time zone (an IANA name) and its times (HH:MM).',
      reaction: 'drop',
      status: 422,
      cause: error,
    });
  }
}
