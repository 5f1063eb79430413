import type { ShiftDefinition } from '@gongfu/shared/model/calendar';
import type { CalendarFault } from '@gongfu/shared/model/calendar-fault';
import { Button } from 'antd';
import { useFormats } from '../formats.ts';

const weekdays = [1, 2, 3, 4, 5, 6, 7];

/** One shift being written; what is wrong with it stands beside it. */
export function ShiftFields(props: {
  shift: ShiftDefinition;
  faults: readonly CalendarFault[];
  onChange: (shift: ShiftDefinition) => void;
  onRemove?: () => void;
}) {
  const { shift, faults } = props;
  const { t, weekday, name } = useFormats();
  const change = (part: Partial<ShiftDefinition>): void => props.onChange({ ...shift, ...part });
  const noDay = faults.some(({ code }) => code === 'no-day');
  return (
    <fieldset className="shift-fields">
      <legend>{name(shift.name) || t('calendar.newShift')}</legend>
      <div className="shift-row">
        <Text
          label={t('calendar.nameZh')}
          value={shift.name.zh}
          onChange={(zh) => change({ name: { ...shift.name, zh } })}
        />
        <Text
          label={t('calendar.nameEn')}
          value={shift.name.en}
          onChange={(en) => change({ name: { ...shift.name, en } })}
        />
        <Time label={t('calendar.start')} value={shift.start} onChange={(start) => change({ start })} />
        <Time label={t('calendar.end')} value={shift.end} onChange={(end) => change({ end })} />
        {props.onRemove !== undefined && (
          <Button onClick={props.onRemove} aria-label={t('calendar.removeShift', { name: name(shift.name) })}>
            {t('calendar.remove')}
          </Button>
        )}
      </div>
      {shift.end <= shift.start && <small className="quiet">{t('calendar.overMidnight')}</small>}
      <fieldset className="shift-days">
        <legend>{t('calendar.days')}</legend>
        {weekdays.map((day) => (
          <label key={day}>
            <input
              type="checkbox"
              checked={shift.days.includes(day)}
              onChange={(event) =>
                change({
                  days: weekdays.filter((one) => (one === day ? event.target.checked : shift.days.includes(one))),
                })
              }
            />
            {weekday(day)}
          </label>
        ))}
        {noDay && <small className="field-fault">{t('calendar.faults.no-day')}</small>}
      </fieldset>
      <Breaks {...props} />
    </fieldset>
  );
}

function Breaks(props: {
  shift: ShiftDefinition;
  faults: readonly CalendarFault[];
  onChange: (shift: ShiftDefinition) => void;
}) {
  const { shift } = props;
  const { t } = useFormats();
  // Breaks have no name: each is what stands at its place.
  const keys = shift.breaks.map((_, at) => `break ${at}`);
  const set = (breaks: ShiftDefinition['breaks']): void => props.onChange({ ...shift, breaks });
  return (
    <div className="shift-breaks">
      {shift.breaks.map((pause, at) => {
        const fault = props.faults.find(({ path }) => path.includes('breaks') && path.at(-1) === at);
        const change = (part: Partial<typeof pause>): void =>
          set(shift.breaks.map((one, place) => (place === at ? { ...one, ...part } : one)));
        return (
          <div className="shift-row" key={keys[at]}>
            <Time label={t('calendar.breakStart')} value={pause.start} onChange={(start) => change({ start })} />
            <Time label={t('calendar.breakEnd')} value={pause.end} onChange={(end) => change({ end })} />
            <Button
              onClick={() => set(shift.breaks.filter((_, place) => place !== at))}
              aria-label={t('calendar.removeBreak', { start: pause.start, end: pause.end })}
            >
              {t('calendar.remove')}
            </Button>
            {fault !== undefined && (
              <small className="field-fault" role="alert">
                {t(`calendar.faults.${fault.code}`)}
              </small>
            )}
          </div>
        );
      })}
      <Button onClick={() => set([...shift.breaks, { start: shift.start, end: shift.start }])}>
        {t('calendar.addBreak')}
      </Button>
    </div>
  );
}

function Text(props: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label>
      {props.label}
      <input
        type="text"
        required
        maxLength={60}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </label>
  );
}

function Time(props: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label>
      {props.label}
      <input type="time" required value={props.value} onChange={(event) => props.onChange(event.target.value)} />
    </label>
  );
}
