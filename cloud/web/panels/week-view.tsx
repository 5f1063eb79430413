import { useFormats } from '../formats.ts';
import { type PlanDay, type PlannedCalendar, type PlanPart, plannedMinutesOf, weekPlan } from '../week-plan.ts';
import '../calendar.css';

const hours = [0, 6, 12, 18, 24];
/** A narrower part has no room for its name. */
const namedMinutes = 4 * 60;

/** A week of a calendar: when which shift is on, its breaks, and how much time is planned. */
export function WeekView({ calendar, monday, today }: { calendar: PlannedCalendar; monday: string; today: string }) {
  const { t, decimal } = useFormats();
  const days = weekPlan(calendar, monday);
  const planned = days.reduce((sum, day) => sum + day.plannedMinutes, 0);
  return (
    <table className="week">
      <caption className="visually-hidden">{t('calendar.weekOf', { date: monday })}</caption>
      <thead>
        <tr>
          <td />
          <td aria-hidden="true">
            <span className="week-hours number">
              {hours.map((hour) => (
                <i key={hour} style={{ left: `${(hour / 24) * 100}%` }}>
                  {hour}
                </i>
              ))}
            </span>
          </td>
          <th scope="col" className="week-planned">
            {t('calendar.planned')}
          </th>
        </tr>
      </thead>
      <tbody>
        {days.map((day) => (
          <Day key={day.date} day={day} isToday={day.date === today} />
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={2}>
            {t('calendar.sum')}
          </th>
          <td className="week-planned number">{t('calendar.hours', { hours: decimal(planned / 60) })}</td>
        </tr>
      </tfoot>
    </table>
  );
}

function Day({ day, isToday }: { day: PlanDay; isToday: boolean }) {
  const { t, weekday, dateText, decimal } = useFormats();
  const mark =
    day.like !== null
      ? t('calendar.worksLike', { day: weekday(day.like) })
      : day.isHoliday
        ? t('calendar.dayOff')
        : undefined;
  return (
    <tr className={isToday ? 'week-today' : undefined} data-date={day.date}>
      <th scope="row" aria-current={isToday ? 'date' : undefined}>
        <span>{dateText(day.date)}</span>
        {mark !== undefined && <small className="attention">{mark}</small>}
      </th>
      <td>
        <span className="week-strip">
          {day.parts.map((part) => (
            <Part key={`${part.shift.id} ${part.from} ${part.to} ${part.isBreak}`} part={part} />
          ))}
        </span>
      </td>
      <td className="week-planned number">{t('calendar.hours', { hours: decimal(day.plannedMinutes / 60) })}</td>
    </tr>
  );
}

function Part({ part }: { part: PlanPart }) {
  const { name } = useFormats();
  const { shift, from, to, isBreak } = part;
  const style = { left: `${(from / 1440) * 100}%`, width: `${((to - from) / 1440) * 100}%` };
  const text = `${name(shift.name)} ${shift.start}–${shift.end}`;
  return (
    <i className={isBreak ? 'week-break' : 'week-shift'} style={style} title={text}>
      {!isBreak && to - from >= namedMinutes && <b>{name(shift.name)}</b>}
    </i>
  );
}

/** The shifts in words. */
export function ShiftList({ shifts }: { shifts: PlannedCalendar['shifts'] }) {
  const { t, name, weekday, decimal } = useFormats();
  return (
    <ul className="shift-list">
      {shifts.map((shift) => (
        <li key={shift.id}>
          <b>{name(shift.name)}</b>{' '}
          <span className="number">
            {shift.start}–{shift.end}
          </span>{' '}
          <span className="quiet">
            {shift.days.length === 7 ? t('calendar.everyDay') : shift.days.map(weekday).join(' ')} ·{' '}
            {shift.breaks.length === 0
              ? t('calendar.noBreak')
              : t('calendar.breaksAre', {
                  breaks: shift.breaks.map(({ start, end }) => `${start}–${end}`).join(', '),
                })}{' '}
            · {t('calendar.plannedFor', { hours: decimal(plannedMinutesOf(shift) / 60) })}
          </span>
        </li>
      ))}
    </ul>
  );
}
