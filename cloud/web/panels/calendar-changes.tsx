import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Calendar } from '../administration-shapes.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { Confirmation } from './confirmation.tsx';
import { ShiftList } from './week-view.tsx';

/** What is decided already and has not begun; and the way to be rid of a calendar nobody works by. */
export function CalendarChanges(props: { calendar: Calendar; today: string; weekOf: (date: string) => string }) {
  const { calendar, today } = props;
  const { t, dateText } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [dropped, setDropped] = useState<string>();
  const { id, usedBy: _used, ...content } = calendar;
  const coming = calendar.changes.filter(({ from }) => from > today);
  return (
    <section aria-labelledby="calendar-changes">
      <h3 id="calendar-changes">{t('calendar.changes')}</h3>
      {coming.length === 0 && <p className="quiet">{t('calendar.noChanges')}</p>}
      {coming.map(({ from, shifts }) => (
        <div key={from} className="calendar-change">
          <b className="number">
            <Link to={props.weekOf(from)}>{t('calendar.changeFrom', { date: dateText(from) })}</Link>
          </b>
          <Button
            size="small"
            onClick={() => setDropped(from)}
            aria-label={t('calendar.dropChange', { date: dateText(from) })}
          >
            {t('calendar.drop')}
          </Button>
          <ShiftList shifts={shifts} />
        </div>
      ))}
      {calendar.usedBy.length === 0 && <Button onClick={() => setDropped(id)}>{t('calendar.removeCalendar')}</Button>}
      {dropped !== undefined && (
        <Confirmation
          title={
            dropped === id ? t('calendar.removeTitle', { id }) : t('calendar.dropChange', { date: dateText(dropped) })
          }
          points={[t(dropped === id ? 'calendar.removePoint' : 'calendar.dropPoint')]}
          keep={t('users.cancel')}
          confirm={t(dropped === id ? 'calendar.remove' : 'calendar.drop')}
          working={t('users.working')}
          act={async () => {
            if (dropped === id) await api.delete(`/calendars/${id}`);
            else {
              const changes = calendar.changes.filter(({ from }) => from !== dropped);
              await api.put(`/calendars/${id}`, { ...content, changes });
            }
            await queries.invalidateQueries({ queryKey: ['calendars'] });
          }}
          onClose={() => setDropped(undefined)}
        />
      )}
    </section>
  );
}
