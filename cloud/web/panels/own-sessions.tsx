import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import { useState } from 'react';
import { deviceOf } from '../device-name.ts';
import { useFormats } from '../formats.ts';
import { useNow } from '../live-view.tsx';
import { useSession } from '../session.tsx';
import { Refused } from './refused.tsx';

interface OwnSession {
  readonly id: string;
  readonly device: string;
  readonly address: string;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly current: boolean;
}

const queryKey = ['account', 'sessions'];

/** Every place one is signed in at, and the way to end what one does not know. */
export function OwnSessions() {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>();
  const { data, error } = useQuery({ queryKey, queryFn: () => api.get<{ items: OwnSession[] }>('/sessions') });
  const end = async (path: string): Promise<void> => {
    setProblem(undefined);
    await api.delete(path).catch(setProblem);
    await queries.invalidateQueries({ queryKey });
  };
  const others = data?.items.some(({ current }) => !current) === true;
  return (
    <section aria-labelledby="account-sessions">
      <h2 id="account-sessions">{t('ownSessions.heading')}</h2>
      {data === undefined && (error === null ? <Skeleton active={false} title={false} /> : <Refused problem={error} />)}
      {problem !== undefined && <Refused problem={problem} />}
      <ul className="own-sessions">
        {data?.items.map((session) => (
          <SessionRow key={session.id} session={session} onEnd={() => void end(`/sessions/${session.id}`)} />
        ))}
      </ul>
      {data !== undefined && !others && <p className="quiet">{t('ownSessions.alone')}</p>}
      {others && (
        <div className="account-actions">
          <Button onClick={() => void end('/sessions')}>{t('ownSessions.endOthers')}</Button>
        </div>
      )}
    </section>
  );
}

function SessionRow({ session, onEnd }: { session: OwnSession; onEnd: () => void }) {
  const { t, duration, stamp } = useFormats();
  const now = useNow();
  const { device, address, current } = session;
  const name = deviceOf(device, t);
  const seen = t('ownSessions.seen', { duration: duration(now - Date.parse(session.lastSeenAt)) });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <li data-session={current ? 'current' : 'other'}>
      <span>
        <span title={device}>{name}</span>
        {current && <b> · {t('ownSessions.current')}</b>}
        <br />
        <span
          className="quiet number"
          title={t('ownSessions.since', { time: stamp(Date.parse(session.createdAt), zone) })}
        >
          {address} · {seen}
        </span>
      </span>
      {!current && (
        <Button onClick={onEnd} aria-label={t('ownSessions.endLabel', { device: name, address })}>
          {t('ownSessions.end')}
        </Button>
      )}
    </li>
  );
}
