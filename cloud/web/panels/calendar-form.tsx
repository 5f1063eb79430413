import { calendarFaults } from '@gongfu/shared/model/calendar-fault';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { type SubmitEvent, useId, useState } from 'react';
import type { Calendar } from '../administration-shapes.ts';
import { type CalendarDraft, nextShift, shiftsOn, slugOf, withDraft } from '../calendar-draft.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { dateIn, dayAfter, mondayOf } from '../week-plan.ts';
import { OpenedTitle } from './opened-title.tsx';
import { Refused } from './refused.tsx';
import { ShiftFields } from './shift-fields.tsx';
import { WeekView } from './week-view.tsx';
import '../forms.css';

/** Other shifts from a day on, with the week that would come of it; or a calendar that is new. */
export function CalendarForm(props: {
  /** Of a new one only the zone counts. */
  calendar: Calendar;
  isNew: boolean;
  now: number;
  onDone: (id: string) => void;
  onCancel: () => void;
}) {
  const { calendar, isNew } = props;
  const { t } = useFormats();
  const titleId = useId();
  const [id, setId] = useState('');
  const [timeZone, setTimeZone] = useState(calendar.timeZone);
  const today = dateIn(timeZone, props.now);
  const inUse = calendar.usedBy.length > 0;
  const [draft, setDraft] = useState<CalendarDraft>({
    shifts: isNew ? [nextShift([])] : shiftsOn(calendar, dayAfter(today, 1)),
    from: isNew || !inUse ? null : dayAfter(today, 1),
  });
  const next = withDraft({ ...calendar, timeZone, ...(isNew ? { shifts: draft.shifts } : {}) }, draft, today);
  const faults = calendarFaults({
    shifts: draft.shifts.map((shift, at) => ({ ...shift, id: String(at) })),
    holidays: [],
  });
  const nameless = draft.shifts.some(({ name }) => name.zh === '' || name.en === '');
  const { save, working, problem } = useSaving(props, isNew ? slugOf(id) : calendar.id, next, draft.from === null);
  const change = (at: number, shift?: CalendarDraft['shifts'][number]): void =>
    setDraft({
      ...draft,
      shifts: draft.shifts.flatMap((one, place) => (place !== at ? [one] : shift === undefined ? [] : [shift])),
    });
  return (
    <section className="form-card calendar-form" aria-labelledby={titleId}>
      <OpenedTitle id={titleId}>{isNew ? t('calendar.add') : t('calendar.editTitle', { id: calendar.id })}</OpenedTitle>
      <form onSubmit={(event) => void save(event)}>
        {isNew ? (
          <NewCalendarFields id={id} timeZone={timeZone} onId={setId} onTimeZone={setTimeZone} />
        ) : (
          inUse && <From from={draft.from} today={today} onChange={(from) => setDraft({ ...draft, from })} />
        )}
        {draft.shifts.map((shift, at) => (
          <ShiftFields
            key={shift.id}
            shift={shift}
            faults={faults.filter(({ path }) => path[0] === 'shifts' && path[1] === at)}
            onChange={(changed) => change(at, changed)}
            {...(draft.shifts.length > 1 ? { onRemove: () => change(at) } : {})}
          />
        ))}
        <div>
          <Button onClick={() => setDraft({ ...draft, shifts: [...draft.shifts, nextShift(draft.shifts)] })}>
            {t('calendar.addShift')}
          </Button>
        </div>
        <div className="calendar-preview">
          <h3>{t('calendar.preview')}</h3>
          <WeekView calendar={next} monday={mondayOf(draft.from ?? today)} today={today} />
        </div>
        {problem !== undefined && <Refused problem={problem} />}
        <div className="form-actions">
          <Button
            type="primary"
            htmlType="submit"
            disabled={working || nameless || faults.length > 0 || (isNew && slugOf(id) === '')}
          >
            {t(isNew ? 'calendar.create' : 'calendar.save')}
          </Button>
          <Button onClick={props.onCancel}>{t('users.cancel')}</Button>
          {nameless && <small className="quiet">{t('calendar.nameless')}</small>}
        </div>
      </form>
    </section>
  );
}

/** A day to come leaves every figure already shown alone. */
function From(props: { from: string | null; today: string; onChange: (from: string | null) => void }) {
  const { from, today } = props;
  const { t } = useFormats();
  const tomorrow = dayAfter(today, 1);
  return (
    <fieldset className="calendar-from">
      <legend>{t('calendar.from')}</legend>
      <label className="choice">
        <input type="radio" name="from" checked={from !== null} onChange={() => props.onChange(tomorrow)} />
        {t('calendar.fromDay')}
        <input
          type="date"
          aria-label={t('calendar.fromDay')}
          min={tomorrow}
          required={from !== null}
          value={from ?? ''}
          onChange={(event) => props.onChange(event.target.value || tomorrow)}
        />
      </label>
      <label className="choice">
        <input type="radio" name="from" checked={from === null} onChange={() => props.onChange(null)} />
        {t('calendar.fromPast')}
      </label>
      {from === null && <small className="attention">{t('calendar.fromPastNote')}</small>}
    </fieldset>
  );
}

function NewCalendarFields(props: {
  id: string;
  timeZone: string;
  onId: (id: string) => void;
  onTimeZone: (timeZone: string) => void;
}) {
  const { t } = useFormats();
  const ids = { name: useId(), zone: useId() };
  return (
    <>
      <div className="field">
        <label htmlFor={ids.name}>{t('calendar.id')}</label>
        <input
          id={ids.name}
          name="calendar-id"
          type="text"
          maxLength={60}
          value={props.id}
          onChange={(event) => props.onId(event.target.value)}
        />
        <small>{t('calendar.idRule', { id: slugOf(props.id) || '…' })}</small>
      </div>
      <div className="field">
        <label htmlFor={ids.zone}>{t('calendar.timeZone')}</label>
        <select id={ids.zone} value={props.timeZone} onChange={(event) => props.onTimeZone(event.target.value)}>
          {[...new Set([props.timeZone, ...Intl.supportedValuesOf('timeZone')])].map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </select>
        <small>{t('calendar.timeZoneNote')}</small>
      </div>
    </>
  );
}

function useSaving(
  props: { calendar: Calendar; isNew: boolean; onDone: (id: string) => void },
  id: string,
  content: object,
  changesPast: boolean,
) {
  const { api } = useSession();
  const queries = useQueryClient();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWorking(true);
    setProblem(undefined);
    try {
      if (props.isNew) await api.post('/calendars', { id, ...content });
      else await api.put(`/calendars/${id}`, { ...content, revision: props.calendar.revision, changesPast });
      await queries.invalidateQueries({ queryKey: ['calendars'] });
      props.onDone(id);
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return { save, working, problem };
}
