import type { LiveGateway } from '@gongfu/shared/wire/live';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Gap } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { ProblemNotice } from './problem-notice.tsx';

const shown = 20;

/** The latest named losses of one gateway; asked again when it counts one more. */
export function GatewayGaps(props: { gateway: LiveGateway; timeZone: string; mayRead: boolean; closeTo: string }) {
  const { gateway, mayRead } = props;
  const { t } = useFormats();
  const { api } = useSession();
  const counted = gateway.heartbeat?.gapsTotal ?? 0;
  const gaps = useQuery({
    queryKey: ['gaps', gateway.id, counted],
    queryFn: async () => {
      const path = `/gaps?gateway=${encodeURIComponent(gateway.id)}&limit=10000`;
      const { items } = await api.get<{ items: Gap[] }>(path);
      return items.toSorted((a, b) => b.to.localeCompare(a.to)).slice(0, shown);
    },
    enabled: mayRead,
    // The record of a loss travels behind the backlog: what is counted but not here yet is asked for soon again.
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) < Math.min(counted, shown) ? 3_000 : 30_000),
    placeholderData: (before) => before,
  });
  return (
    <section aria-label={t('gapList.title', { name: gateway.name })}>
      <header>
        <h3>{t('gapList.title', { name: gateway.name })}</h3>
        <Link to={props.closeTo}>{t('gapList.close')}</Link>
      </header>
      {!mayRead && <p className="quiet">{t('gapList.forbidden')}</p>}
      {mayRead && gaps.data === undefined && gaps.error === null && (
        <p className="quiet" role="status">
          {t('gapList.loading')}
        </p>
      )}
      {gaps.data === undefined && gaps.error !== null && (
        <ProblemNotice problem={gaps.error} onRetry={() => void gaps.refetch()} />
      )}
      {gaps.data?.length === 0 && (
        <p className="quiet">{counted === 0 ? t('gapList.none') : t('gapList.noneYet', { gaps: counted })}</p>
      )}
      {gaps.data !== undefined && gaps.data.length > 0 && <GapTable gaps={gaps.data} timeZone={props.timeZone} />}
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
