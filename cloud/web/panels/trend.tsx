import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { WindowKpi } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { serverNow } from '../server-clock.ts';
import { useSession } from '../session.tsx';
import { FaultBoundary } from './fault-boundary.tsx';

const HourBars = lazy(async () => ({ default: (await import('./hour-bars.tsx')).HourBars }));
const hourMs = 3_600_000;
const hoursShown = 8;

/** OEE of the last hours as bars; an hour nobody observed has none. Its room is kept while it loads. */
export function Trend({ assetId, target, timeZone }: { assetId: string; target: number | null; timeZone: string }) {
  const { t, percent, clock } = useFormats();
  const { api } = useSession();
  const hours = useQuery({
    queryKey: ['hours', assetId],
    queryFn: async () => {
      const to = serverNow();
      const from = Math.floor(to / hourMs) * hourMs - (hoursShown - 1) * hourMs;
      const query = new URLSearchParams({
        asset: assetId,
        window: 'hour',
        from: String(from),
        to: String(Math.ceil(to)),
      });
      return (await api.get<{ items: WindowKpi[] }>(`/kpis?${query}`)).items;
    },
    refetchInterval: 60_000,
  });
  const seen =
    hours.data?.flatMap(({ from, oee }) =>
      oee === null ? [] : [`${clock(Date.parse(from), timeZone)} ${percent(oee)}`],
    ) ?? [];
  const summary = seen.length === 0 ? t('kpi.trendEmpty') : t('kpi.trendSummary', { values: seen.join(', ') });
  return (
    <div className="trend" title={summary}>
      <div className="label" aria-hidden="true">
        {t('kpi.trend')}
      </div>
      <div className="trend-room" role="img" aria-label={summary}>
        {hours.data !== undefined && seen.length > 0 && (
          <Suspense>
            <FaultBoundary fallback={null}>
              <HourBars hours={hours.data} slots={hoursShown} target={target} />
            </FaultBoundary>
          </Suspense>
        )}
        {hours.data !== undefined && seen.length === 0 && <span className="quiet">{t('kpi.trendEmpty')}</span>}
        {hours.isError && hours.data === undefined && <span className="quiet">{t('problem.unreachable')}</span>}
      </div>
    </div>
  );
}
