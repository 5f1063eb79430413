import { Link, useSearchParams } from 'react-router';
import { withChanges } from '../address.ts';
import type { AssetCalendar, CalendarWindow } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import type { ChosenWindow } from '../window-choice.ts';

/** Which time the page is about: the present shift, the one before, today, and from any shift to its neighbours. */
export function WindowBar(props: {
  chosen: ChosenWindow | null | undefined;
  calendar: AssetCalendar | null;
  timeZone: string;
  /** What is shown when the address says nothing. */
  standard?: 'current' | 'previous';
}) {
  const { t } = useFormats();
  const { chosen, calendar, timeZone, standard = 'current' } = props;
  const [address] = useSearchParams();
  const asked = ['shift', 'day', 'from'].map((key) => address.get(key)).find((value) => value !== null) ?? standard;
  return (
    <div className="window-bar">
      <nav className="lines" aria-label={t('machine.window')}>
        {choices.map(({ key, value, text }) => (
          <Link
            key={value}
            to={withWindow(address, value === standard ? {} : { [key]: value })}
            aria-current={asked === value ? 'page' : undefined}
          >
            {t(text)}
          </Link>
        ))}
      </nav>
      {chosen != null && (
        <p className="window-told">
          <Neighbour window={chosen.earlier} sign="‹" label={t('losses.earlier')} />
          <WindowName window={chosen.window} calendar={calendar} timeZone={timeZone} />
          <Neighbour window={chosen.later} sign="›" label={t('losses.later')} />
        </p>
      )}
    </div>
  );
}

function Neighbour({ window, sign, label }: { window: CalendarWindow | null; sign: string; label: string }) {
  const [address] = useSearchParams();
  if (window === null) return null;
  return (
    <Link to={withWindow(address, shiftQuery(window))} aria-label={label} title={label}>
      {sign}
    </Link>
  );
}

/** The address with another window; what it says beside that stays, but for the stop it points at. */
function withWindow(address: URLSearchParams, window: URLSearchParams | Record<string, string>): string {
  const gone = { shift: null, day: null, from: null, to: null, stop: null };
  return withChanges(address, { ...gone, ...Object.fromEntries(new URLSearchParams(window)) });
}

/** `Night shift · 26 Nov 00:00–08:00`, and whether it is still on. */
export function WindowName(props: { window: CalendarWindow; calendar: AssetCalendar | null; timeZone: string }) {
  const { t, name, clock, day, stamp } = useFormats();
  const { window, calendar, timeZone } = props;
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
  const shift = calendar?.shifts.find(({ id }) => id === window.shiftId)?.name;
  return (
    <span className="window-name" title={`${stamp(from, timeZone)} – ${stamp(to, timeZone)}`}>
      {shift !== undefined && <b>{name(shift)}</b>} {day(from, timeZone)} {clock(from, timeZone)}–{clock(to, timeZone)}{' '}
      {window.open && <span className="open">{t('kpi.open')}</span>}
    </span>
  );
}

/** The query by which a window is found again, today and next year. */
export function shiftQuery({ label, from, to }: CalendarWindow): URLSearchParams {
  return new URLSearchParams(label === '' ? { from, to } : { shift: label });
}

const choices = [
  { key: 'shift', value: 'current', text: 'machine.thisShift' },
  { key: 'shift', value: 'previous', text: 'machine.previousShift' },
  { key: 'day', value: 'today', text: 'machine.today' },
] as const;
