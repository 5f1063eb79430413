import type { LiveGateway } from '@gongfu/shared/wire/live';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect } from 'react';
import { Link } from 'react-router';
import type { Gap } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { ProblemNotice } from './problem-notice.tsx';

/** What is seen at once, and how many more each time older ones are wanted. */
const shown = 20;
const more = 100;

/** The named losses of one gateway, the latest first; asked again when it counts one more. */
export function GatewayGaps(props: { gateway: LiveGateway; timeZone: string; mayRead: boolean; closeTo: string }) {
  const { gateway, mayRead } = props;
  const { t } = useFormats();
  const { api } = useSession();
  const counted = gateway.heartbeat?.gapsTotal ?? 0;
  const asked = useInfiniteQuery({
    queryKey: ['gaps', gateway.id],
    queryFn: ({ pageParam: cursor }) => {
      const query = new URLSearchParams({ gateway: gateway.id, order: 'newest', limit: String(cursor ? more : shown) });
      if (cursor !== '') query.set('cursor', cursor);
      return api.get<{ items: Gap[]; cursor?: string }>(`/gaps?${query}`);
    },
    initialPageParam: '',
    getNextPageParam: ({ cursor }) => cursor,
    enabled: mayRead,
    // The record of a loss travels behind the backlog: what is counted but not here yet is asked for soon again.
    refetchInterval: ({ state }) =>
      (state.data?.pages[0]?.items.length ?? 0) < Math.min(counted, shown) ? 3_000 : 30_000,
  });
  const { refetch } = asked;
  // What was unfolded stays: the same pages are asked for again.
  useEffect(() => {
    if (mayRead && counted > 0) void refetch({ cancelRefetch: false });
  }, [refetch, mayRead, counted]);
  const gaps = asked.data?.pages.flatMap(({ items }) => items);
  return (
    <section aria-label={t('gapList.title', { name: gateway.name })}>
      <header>
        <h3>{t('gapList.title', { name: gateway.name })}</h3>
        <Link to={props.closeTo}>{t('gapList.close')}</Link>
      </header>
      {!mayRead && <p className="quiet">{t('gapList.forbidden')}</p>}
      {mayRead && gaps === undefined && asked.error === null && (
        <p className="quiet" role="status">
          {t('gapList.loading')}
        </p>
      )}
      {gaps === undefined && asked.error !== null && (
        <ProblemNotice problem={asked.error} onRetry={() => void asked.refetch()} />
      )}
      {gaps?.length === 0 && !asked.hasNextPage && (
        <p className="quiet">{counted === 0 ? t('gapList.none') : t('gapList.noneYet', { gaps: counted })}</p>
      )}
      {gaps !== undefined && gaps.length > 0 && <GapTable gaps={gaps} timeZone={props.timeZone} />}
      {asked.hasNextPage && (
        <Button onClick={() => void asked.fetchNextPage()} loading={asked.isFetchingNextPage}>
          {t('gapList.older')}
        </Button>
      )}
    </section>
  );
}

function GapTable({ gaps, timeZone }: { gaps: readonly Gap[]; timeZone: string }) {
  const { t, count, duration, stamp } = useFormats();
  return (
    <table className="gaps">
      <thead>
        <tr>
          <th scope="col">{t('gapList.lost')}</th>
          <th scope="col">{t('gapList.samples')}</th>
          <th scope="col">{t('gapList.source')}</th>
          <th scope="col">{t('gapList.reason')}</th>
        </tr>
      </thead>
      <tbody>
        {gaps.map((gap) => {
          const [from, to] = [Date.parse(gap.from), Date.parse(gap.to)];
          const span = t('gapList.span', { from: stamp(from, timeZone), to: stamp(to, timeZone) });
          return (
            <tr key={`${gap.epoch} ${gap.fromSequence} ${gap.from} ${gap.source}`}>
              <td className="number">
                {span} <span className="quiet">({duration(to - from)})</span>
              </td>
              <td className="number" data-label={t('gapList.samples')}>
                {gap.samples < 0 ? t('gapList.unknownSamples') : count(gap.samples)}
              </td>
              <td data-label={t('gapList.source')}>{gap.source || t('gapList.allSources')}</td>
              <td data-label={t('gapList.reason')}>
                {t(`gapList.reasons.${gap.reason as 'buffer-full'}`, { defaultValue: gap.reason })}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
