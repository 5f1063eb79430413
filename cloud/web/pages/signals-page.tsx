import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { ApiProblem } from '../api-client.ts';
import type { Asset, User } from '../api-shapes.ts';
import { mayWrite, WritableContext, writableAmong } from '../command-data.ts';
import { useFormats } from '../formats.ts';
import { LiveView } from '../live-view.tsx';
import { LiveBanner, LiveMark } from '../panels/connection.tsx';
import { Frame } from '../panels/frame.tsx';
import { Notice } from '../panels/notice.tsx';
import { ProblemNotice } from '../panels/problem-notice.tsx';
import { roleName } from '../panels/role-name.ts';
import { SignalExplorer } from '../panels/signal-explorer.tsx';
import { plantOf } from '../plant.ts';
import { useSession } from '../session.tsx';
import { groupsOf } from '../signal-catalogue.ts';
import { useTags } from '../signal-data.ts';
import { useSignalView } from '../signal-navigation.ts';
import '../losses.css';
import '../signals.css';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Any signals together on one time axis; `signal-view.ts` says what the address holds. */
export function SignalsPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const navigation = useSignalView();
  const mayRead = user.permissions.includes('samples:read') && user.permissions.includes('tags:read');
  const tags = useTags(token, mayRead);
  const assets = useQuery({
    queryKey: ['assets', token],
    queryFn: async () => (await api.get<{ items: Asset[] }>('/assets')).items,
    enabled: user.permissions.includes('assets:read'),
  });
  const groups = useMemo(() => groupsOf(tags.data ?? [], assets.data ?? []), [tags.data, assets.data]);
  const writable = useMemo(() => writableAmong(mayWrite(user) ? (tags.data ?? []) : []), [tags.data, user]);
  const plant = useMemo(() => plantOf(assets.data ?? []), [assets.data]);
  const followed = navigation.view.tags.join();
  const wanted = useMemo(() => ({ tags: followed === '' ? [] : followed.split(',') }), [followed]);
  if (!mayRead || (tags.error instanceof ApiProblem && tags.error.status === 403)) {
    return (
      <Frame title={t('signals.title')}>
        <Notice title={t('problem.forbidden')} role="alert">
          <p>{t('signals.forbiddenAdvice', { user: user.name, role: roleName(t, user.role) })}</p>
        </Notice>
      </Frame>
    );
  }
  if (tags.data === undefined) {
    if (tags.error === null) return <Frame title={t('signals.title')} busy />;
    return (
      <Frame title={t('signals.title')}>
        <ProblemNotice problem={tags.error} onRetry={() => void tags.refetch()} />
      </Frame>
    );
  }
  const timeZone = plant.lines.length === 0 ? ownZone : plant.timeZone;
  return (
    <LiveView wanted={wanted}>
      <Frame title={t('signals.title')} status={<LiveMark timeZone={timeZone} />}>
        <LiveBanner />
        {tags.data.length === 0 ? (
          <Notice title={t('signals.noTags')}>
            <p>{t('signals.noTagsAdvice')}</p>
            <Link to="/gateways">{t('signals.toGateways')}</Link>
          </Notice>
        ) : (
          <WritableContext value={writable}>
            <SignalExplorer
              tags={tags.data}
              groups={groups}
              timeZone={timeZone}
              mayExport={user.permissions.includes('samples:export')}
              {...navigation}
            />
          </WritableContext>
        )}
      </Frame>
    </LiveView>
  );
}
