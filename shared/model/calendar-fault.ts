import type { BreakDefinition, CalendarDefinition, ShiftDefinition } from './calendar.ts';

/** What can be wrong with a calendar whose every part is well formed. */
export interface CalendarFault {
  /** Where, as `['shifts', 0, 'breaks', 1]`. */
  readonly path: readonly (string | number)[];
  readonly code: 'twice' | 'no-day' | 'break-empty' | 'break-outside' | 'breaks-overlap';
}

const dayMinutes = 24 * 60;

/** Everything at once; none when the calendar can be worked by. */
export function calendarFaults(
  calendar: Pick<CalendarDefinition, 'shifts' | 'holidays' | 'extraDays' | 'changes'>,
): CalendarFault[] {
  const { shifts, holidays, extraDays = [], changes = [] } = calendar;
  return [
    ...shiftFaults(shifts, ['shifts']),
    ...changes.flatMap((change, at) => shiftFaults(change.shifts, ['changes', at, 'shifts'])),
    ...repeated(holidays, (at) => ['holidays', at]),
    ...repeated(
      extraDays.map(({ date }) => date),
      (at) => ['extraDays', at, 'date'],
    ),
    ...repeated(
      changes.map(({ from }) => from),
      (at) => ['changes', at, 'from'],
    ),
  ];
}

function shiftFaults(shifts: readonly ShiftDefinition[], path: readonly (string | number)[]): CalendarFault[] {
  return [
    ...repeated(
      shifts.map(({ id }) => id),
      (at) => [...path, at, 'id'],
    ),
    ...shifts.flatMap((shift, at) => [
      ...(shift.days.length === 0 ? [{ path: [...path, at, 'days'], code: 'no-day' as const }] : []),
      ...breakFaults(shift, [...path, at, 'breaks']),
    ]),
  ];
}

function breakFaults(shift: ShiftDefinition, path: readonly (string | number)[]): CalendarFault[] {
  const spans = shift.breaks.map((pause) => breakSpan(shift, pause));
  return spans.flatMap(([from, to], at): CalendarFault[] => {
    if (from === to) return [{ path: [...path, at], code: 'break-empty' }];
    if (to > shiftMinutes(shift)) return [{ path: [...path, at], code: 'break-outside' }];
    const meets = spans.slice(0, at).some(([start, end]) => from < end && to > start);
    return meets ? [{ path: [...path, at], code: 'breaks-overlap' }] : [];
  });
}

function repeated(values: readonly string[], path: (at: number) => (string | number)[]): CalendarFault[] {
  return values.flatMap((value, at) =>
    values.indexOf(value) < at ? [{ path: path(at), code: 'twice' as const }] : [],
  );
}

/** From start to end on a day on which the clock is not changed; a shift that ends when it starts lasts a day. */
export function shiftMinutes({ start, end }: Pick<ShiftDefinition, 'start' | 'end'>): number {
  return after(minuteOf(start), minuteOf(end)) || dayMinutes;
}

/** Minutes since the start of the shift. */
export function breakSpan(shift: Pick<ShiftDefinition, 'start'>, pause: BreakDefinition): readonly [number, number] {
  const from = after(minuteOf(shift.start), minuteOf(pause.start));
  return [from, from + after(minuteOf(pause.start), minuteOf(pause.end))];
}

/** Of the day, for a time as `06:30`. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function after(from: number, to: number): number {
  return (to - from + dayMinutes) % dayMinutes;
}
