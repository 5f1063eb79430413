import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import type { Calendar } from '../administration-shapes.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { dayAfter } from '../week-plan.ts';
import { Refused } from './refused.tsx';

const weekdays = [1, 2, 3, 4, 5, 6, 7];

/** Days on which nobody works, and days worked like another one: what lies ahead, and what is added to it. */
export function CalendarDays({ calendar, today }: { calendar: Calendar; today: string }) {
  const { t, dateText, weekday } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [date, setDate] = useState('');
  const [like, setLike] = useState(0);
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const { holidays, extraDays } = calendar;
  const save = async (part: Partial<Pick<Calendar, 'holidays' | 'extraDays' | 'changes'>>): Promise<void> => {
    const { id, usedBy: _used, ...content } = calendar;
    setWorking(true);
    setProblem(undefined);
    try {
      await api.put(`/calendars/${id}`, { ...content, ...part });
      await queries.invalidateQueries({ queryKey: ['calendars'] });
      setDate('');
    } catch (error) {
      setProblem(error);
    }
    setWorking(false);
  };
  const add = (): Promise<void> =>
    save(like === 0 ? { holidays: [...holidays, date].sort() } : { extraDays: [...extraDays, { date, like }] });
  const known = holidays.includes(date) || extraDays.some((one) => one.date === date);
  const ahead = [...holidays.map((one) => ({ date: one, like: 0 })), ...extraDays]
    .filter((one) => one.date > today)
    .sort((a, b) => a.date.localeCompare(b.date));
  return (
    <section aria-labelledby="calendar-days">
      <h3 id="calendar-days">{t('calendar.daysAhead')}</h3>
      {ahead.length === 0 && <p className="quiet">{t('calendar.noDaysAhead')}</p>}
      <ul className="days-ahead">
        {ahead.map((one) => (
          <li key={`${one.date} ${one.like}`}>
            <span className="number">{dateText(one.date)}</span>{' '}
            {one.like === 0 ? t('calendar.dayOff') : t('calendar.worksLike', { day: weekday(one.like) })}
            <Button
              size="small"
              disabled={working}
              aria-label={t('calendar.removeDay', { date: one.date })}
              onClick={() =>
                void save(
                  one.like === 0
                    ? { holidays: holidays.filter((other) => other !== one.date) }
                    : { extraDays: extraDays.filter((other) => other.date !== one.date) },
                )
              }
            >
              {t('calendar.remove')}
            </Button>
          </li>
        ))}
      </ul>
      <div className="shift-row">
        <label>
          {t('calendar.date')}
          <input
            type="date"
            name="day"
            min={dayAfter(today, 1)}
            value={date}
            onChange={(event) => setDate(event.target.value)}
          />
        </label>
        <label>
          {t('calendar.whatDay')}
          <select name="like" value={like} onChange={(event) => setLike(Number(event.target.value))}>
            <option value={0}>{t('calendar.dayOff')}</option>
            {weekdays.map((one) => (
              <option key={one} value={one}>
                {t('calendar.worksLike', { day: weekday(one) })}
              </option>
            ))}
          </select>
        </label>
        <Button disabled={working || date <= today || known} onClick={() => void add()}>
          {t('calendar.addDay')}
        </Button>
        {known && <small className="attention">{t('calendar.faults.twice')}</small>}
      </div>
      {problem !== undefined && <Refused problem={problem} />}
    </section>
  );
}
