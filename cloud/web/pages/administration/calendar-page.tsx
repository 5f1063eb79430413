import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { type AddressChanges, useAddress, withChanges } from '../../address.ts';
import type { Calendar } from '../../administration-shapes.ts';
import type { User } from '../../api-shapes.ts';
import { shiftsOn } from '../../calendar-draft.ts';
import { useFormats } from '../../formats.ts';
import { useTicking } from '../../live-view.tsx';
import { AdministrationFrame } from '../../panels/administration-frame.tsx';
import { Asked } from '../../panels/asked.tsx';
import { CalendarChanges } from '../../panels/calendar-changes.tsx';
import { CalendarDays } from '../../panels/calendar-days.tsx';
import { CalendarForm } from '../../panels/calendar-form.tsx';
import { Notice } from '../../panels/notice.tsx';
import { SiteTree } from '../../panels/site-tree.tsx';
import { ShiftList, WeekView } from '../../panels/week-view.tsx';
import { useSession } from '../../session.tsx';
import { dateIn, dayAfter, mondayOf } from '../../week-plan.ts';
import '../../calendar.css';

/** When the plant works, and what it is made of. `?calendar=` and `?week=` choose what is shown, `?edit` and `?add` what is changed. */
export function CalendarPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const now = useTicking();
  const [address] = useSearchParams();
  const calendars = useQuery({
    queryKey: ['calendars', token],
    queryFn: async () => (await api.get<{ items: Calendar[] }>('/calendars')).items,
    enabled: user.permissions.includes('assets:write'),
    refetchInterval: 30_000,
  });
  return (
    <AdministrationFrame user={user} section="calendar" intro={t('calendar.intro')}>
      <Asked query={calendars}>
        {(items) => (
          <>
            <Calendars calendars={items} now={now} />
            {!address.has('edit') && !address.has('add') && <SiteTree token={token} calendars={items} now={now} />}
          </>
        )}
      </Asked>
    </AdministrationFrame>
  );
}

const blank: Omit<Calendar, 'timeZone'> = {
  ...{ id: '', shifts: [], holidays: [], extraDays: [], changes: [], revision: 1, usedBy: [] },
};

function Calendars({ calendars, now }: { calendars: readonly Calendar[]; now: number }) {
  const { t } = useFormats();
  const [address, changeAddress] = useAddress();
  const chosen = calendars.find(({ id }) => id === address.get('calendar')) ?? calendars[0];
  const closed = { edit: null, add: null };
  const to = (changes: AddressChanges): string => withChanges(address, { ...closed, ...changes });
  const go = (changes: AddressChanges): void => changeAddress({ ...closed, ...changes });
  const zone = useMemo(() => new Intl.DateTimeFormat().resolvedOptions().timeZone, []);
  const adding = address.has('add');
  return (
    <section className="calendars" aria-labelledby="calendars-title">
      <header>
        <h2 id="calendars-title">{t('calendar.title')}</h2>
        <nav aria-label={t('calendar.title')}>
          {calendars.map(({ id }) => (
            <Link
              key={id}
              className="calendar-tab"
              to={to({ calendar: id, week: null })}
              aria-current={id === chosen?.id ? 'true' : undefined}
            >
              {id}
            </Link>
          ))}
        </nav>
        {!adding && (
          <Button className="end-button" onClick={() => go({ add: 'calendar' })}>
            {t('calendar.add')}
          </Button>
        )}
      </header>
      {adding && (
        <CalendarForm
          calendar={{ ...blank, timeZone: chosen?.timeZone ?? zone }}
          isNew
          now={now}
          onDone={(id) => go({ calendar: id, week: null })}
          onCancel={() => go({})}
        />
      )}
      {chosen === undefined ? (
        !adding && (
          <Notice title={t('calendar.none')}>
            <p>{t('calendar.noneAdvice')}</p>
          </Notice>
        )
      ) : (
        <ChosenCalendar key={chosen.id} calendar={chosen} now={now} to={to} go={go} isEditing={address.has('edit')} />
      )}
    </section>
  );
}

function ChosenCalendar(props: {
  calendar: Calendar;
  now: number;
  to: (changes: Readonly<Record<string, string | null>>) => string;
  go: (changes: Readonly<Record<string, string | null>>) => void;
  isEditing: boolean;
}) {
  const { calendar, to, go } = props;
  const { t, dateText, clock } = useFormats();
  const [address] = useSearchParams();
  const today = dateIn(calendar.timeZone, props.now);
  const asked = address.get('week') ?? today;
  const monday = mondayOf(/^\d{4}-\d\d-\d\d$/.test(asked) && !Number.isNaN(Date.parse(asked)) ? asked : today);
  return (
    <>
      <p className="quiet">
        {calendar.timeZone} <span className="number">{clock(props.now, calendar.timeZone)}</span> ·{' '}
        {t('calendar.usedBy', { assets: calendar.usedBy.length })}
      </p>
      {props.isEditing && (
        <CalendarForm calendar={calendar} isNew={false} now={props.now} onDone={() => go({})} onCancel={() => go({})} />
      )}
      {!props.isEditing && (
        <>
          <div className="week-steps">
            <Link className="week-step" to={to({ week: dayAfter(monday, -7) })} aria-label={t('calendar.weekBefore')}>
              ‹
            </Link>
            <b className="number">
              {dateText(monday)} – {dateText(dayAfter(monday, 6))}
            </b>
            <Link className="week-step" to={to({ week: dayAfter(monday, 7) })} aria-label={t('calendar.weekAfter')}>
              ›
            </Link>
            {monday !== mondayOf(today) && <Link to={to({ week: null })}>{t('calendar.thisWeek')}</Link>}
            <Button type="primary" className="end-button" onClick={() => go({ edit: '' })}>
              {t('calendar.edit')}
            </Button>
          </div>
          <WeekView calendar={calendar} monday={monday} today={today} />
          <div className="calendar-parts">
            <section aria-labelledby="calendar-shifts">
              <h3 id="calendar-shifts">{t('calendar.shiftsNow')}</h3>
              <ShiftList shifts={shiftsOn(calendar, today)} />
            </section>
            <CalendarChanges calendar={calendar} today={today} weekOf={(date) => to({ week: date })} />
            <CalendarDays calendar={calendar} today={today} />
          </div>
        </>
      )}
    </>
  );
}
