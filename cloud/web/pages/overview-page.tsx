import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { ApiProblem } from '../api-client.ts';
import type { Asset, User } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { NowContext, useLive, useTicking } from '../live-view.tsx';
import { ConnectionBanner, ConnectionMark } from '../panels/connection.tsx';
import { EmptyPlant } from '../panels/empty-plant.tsx';
import { Frame } from '../panels/frame.tsx';
import { GatewayStrip } from '../panels/gateway-strip.tsx';
import { LineSection } from '../panels/line-section.tsx';
import { Notice } from '../panels/notice.tsx';
import { ProblemNotice } from '../panels/problem-notice.tsx';
import { followedTags, type Plant, plantOf } from '../plant.ts';
import { useSession } from '../session.tsx';

/** The plant at one look: what runs, what is lost, and how sure we are. `?line=` shows one line only. */
export function OverviewPage({ token, user }: { token: string; user: User }) {
  const { t, name } = useFormats();
  const { api } = useSession();
  const now = useTicking();
  const mayRead = user.permissions.includes('assets:read') && user.permissions.includes('kpis:read');
  const assets = useQuery({
    queryKey: ['assets', token],
    queryFn: async () => (await api.get<{ items: Asset[] }>('/assets')).items,
    enabled: mayRead,
    // Tags appear when a gateway first declares them.
    refetchInterval: 60_000,
  });
  const plant = useMemo(() => (assets.data === undefined ? undefined : plantOf(assets.data)), [assets.data]);
  const wanted = useMemo(
    () =>
      plant && {
        assets: plant.lines.flatMap(({ asset, machines }) => [asset.id, ...machines.map(({ id }) => id)]),
        tags: user.permissions.includes('samples:read') ? followedTags(plant.lines) : [],
      },
    [plant, user],
  );
  const live = useLive(token, wanted);

  if (!mayRead || (assets.error instanceof ApiProblem && assets.error.status === 403)) return <Forbidden user={user} />;
  if (plant === undefined) {
    if (assets.error === null) return <Frame busy />;
    return (
      <Frame>
        <ProblemNotice problem={assets.error} onRetry={() => void assets.refetch()} />
      </Frame>
    );
  }
  return (
    <NowContext value={now}>
      <Frame
        title={plant.root === undefined ? t('overview.unnamedPlant') : name(plant.root.name)}
        status={<ConnectionMark live={live} timeZone={plant.timeZone} />}
      >
        <ConnectionBanner live={live} />
        {user.permissions.includes('gateways:read') && (
          <GatewayStrip gateways={live.gateways} known={live.heardAt !== null} timeZone={plant.timeZone} />
        )}
        {plant.lines.length === 0 ? <EmptyPlant /> : <Lines plant={plant} live={live} />}
      </Frame>
    </NowContext>
  );
}

function Lines({ plant, live }: { plant: Plant; live: ReturnType<typeof useLive> }) {
  const { t, name } = useFormats();
  const [address] = useSearchParams();
  const chosen = address.get('line');
  const lines = chosen === null ? plant.lines : plant.lines.filter(({ asset }) => asset.id === chosen);
  const to = (line: string | null): string => {
    const changed = new URLSearchParams(address);
    if (line === null) changed.delete('line');
    else changed.set('line', line);
    return `?${changed}`;
  };
  return (
    <>
      {plant.lines.length > 1 && (
        <nav className="lines" aria-label={t('overview.lines')}>
          <Link to={to(null)} aria-current={chosen === null ? 'page' : undefined}>
            {t('overview.allLines')}
          </Link>
          {plant.lines.map(({ asset }) => (
            <Link key={asset.id} to={to(asset.id)} aria-current={chosen === asset.id ? 'page' : undefined}>
              {name(asset.name)}
            </Link>
          ))}
        </nav>
      )}
      {lines.length === 0 && (
        <Notice title={t('overview.noLine')}>
          <Link to={to(null)}>{t('overview.allLines')}</Link>
        </Notice>
      )}
      {lines.map((line) => (
        <LineSection key={line.asset.id} line={line} live={live} />
      ))}
    </>
  );
}

function Forbidden({ user }: { user: User }) {
  const { t } = useFormats();
  return (
    <Frame>
      <Notice title={t('problem.forbidden')} role="alert">
        <p>{t('problem.forbiddenAdvice', { user: user.name, role: user.role })}</p>
      </Notice>
    </Frame>
  );
}
