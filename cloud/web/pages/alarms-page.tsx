import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useRef } from 'react';
import { useAddress } from '../address.ts';
import type { Alarm } from '../alarm-shapes.ts';
import type { User } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { NowContext, useLive, useTicking } from '../live-view.tsx';
import { AlarmTable } from '../panels/alarm-table.tsx';
import { Asked } from '../panels/asked.tsx';
import { ConnectionBanner, ConnectionMark } from '../panels/connection.tsx';
import { Frame } from '../panels/frame.tsx';
import { Notice } from '../panels/notice.tsx';
import { roleName } from '../panels/role-name.ts';
import { useSession } from '../session.tsx';
import '../i18n/alarm-texts.ts';
import '../alarms.css';

const pageRows = 100;
const shows = ['open', 'ended', 'all'] as const;
const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
/** Neither tag nor asset: every connection tells of alarms. */
const alarmsOnly = {};
/** Alarms come in bursts: asked for once in this time, the last change included. */
const lookAfterMs = 200;
/** A gateway that goes away is told by no alarm. */
const lookEveryMs = 10_000;

interface AlarmsJson {
  readonly items: readonly Alarm[];
  readonly cursor?: string;
}

/** What machines report themselves, newest first, as it changes. */
export function AlarmsPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const now = useTicking();
  const [address, changeAddress] = useAddress();
  const shown = shows.find((one) => one === address.get('state')) ?? 'open';
  const mayRead = user.permissions.includes('alarms:read');
  const live = useLive(mayRead ? alarmsOnly : undefined);
  useAlarmsAsTold(live.alarmsHeard, live.connection);
  const alarms = useInfiniteQuery({
    queryKey: ['alarms', token, shown],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: String(pageRows), ...(shown !== 'all' && { state: shown }) });
      if (pageParam !== '') query.set('cursor', pageParam);
      return api.get<AlarmsJson>(`/alarms?${query}`);
    },
    initialPageParam: '',
    getNextPageParam: ({ cursor }) => cursor,
    enabled: mayRead,
    refetchInterval: lookEveryMs,
  });
  if (!mayRead) {
    return (
      <Frame title={t('alarms.page')}>
        <Notice title={t('problem.forbidden')} role="alert">
          <p>{t('alarms.forbiddenAdvice', { user: user.name, role: roleName(t, user.role) })}</p>
        </Notice>
      </Frame>
    );
  }
  const choose = (next: string): void => changeAddress({ state: next === 'open' ? null : next }, { replace: true });
  return (
    <NowContext value={now}>
      <Frame title={t('alarms.page')} status={<ConnectionMark live={live} timeZone={ownZone} />}>
        <ConnectionBanner live={live} />
        <div className="alarms-page">
          <p className="quiet">{t('alarms.intro')}</p>
          <label className="alarm-filter">
            {t('alarms.show')}
            <select name="state" value={shown} onChange={(event) => choose(event.target.value)}>
              {shows.map((one) => (
                <option key={one} value={one}>
                  {t(`alarms.shows.${one}`)}
                </option>
              ))}
            </select>
          </label>
          <Asked query={alarms}>
            {({ pages }) => (
              <>
                <AlarmTable alarms={pages.flatMap(({ items }) => items)} isFiltered={shown === 'ended'} />
                {alarms.hasNextPage && (
                  <Button disabled={alarms.isFetchingNextPage} onClick={() => void alarms.fetchNextPage()}>
                    {t('alarms.older')}
                  </Button>
                )}
              </>
            )}
          </Asked>
        </div>
      </Frame>
    </NowContext>
  );
}

/** Looks again soon after each change, and after the connection came back: what changed meanwhile was not told. */
function useAlarmsAsTold(heard: number, connection: string): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: these two are what there is to look again for.
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queries.invalidateQueries({ queryKey: ['alarms'] });
    }, lookAfterMs);
  }, [heard, connection, queries]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
