import { useQueries } from '@tanstack/react-query';
import { Button } from 'antd';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { ApiClient } from '../api-client.ts';
import type { Asset, CalendarWindow, Losses, User, WindowKpi } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { Frame } from '../panels/frame.tsx';
import { Notice } from '../panels/notice.tsx';
import { PlantGate } from '../panels/plant-gate.tsx';
import { ProblemNotice } from '../panels/problem-notice.tsx';
import { ReportSheet } from '../panels/report-sheet.tsx';
import { WindowBar } from '../panels/window-bar.tsx';
import { type Line, plantOf } from '../plant.ts';
import { serverNow } from '../server-clock.ts';
import { useSession } from '../session.tsx';
import { useChosenWindow } from '../window-choice.ts';

/** What the sheet says of one line. */
export interface LineReport {
  readonly line: Line;
  readonly kpi: WindowKpi;
  readonly losses: Losses;
  readonly hours: readonly WindowKpi[];
}

/** One shift on one A4 page, to be hung on the wall. `?shift=` says which, `?line=` makes it about one line. */
export function ShiftReportPage({ token, user }: { token: string; user: User }) {
  return (
    <PlantGate token={token} user={user}>
      {(assets) => <Report assets={assets} />}
    </PlantGate>
  );
}

function Report({ assets }: { assets: readonly Asset[] }) {
  const { t, name } = useFormats();
  const [address] = useSearchParams();
  const plant = useMemo(() => plantOf(assets), [assets]);
  const chosenLine = address.get('line');
  const lines = chosenLine === null ? plant.lines : plant.lines.filter(({ asset }) => asset.id === chosenLine);
  const [first] = lines;
  // The report is of a shift that is over, unless the address says otherwise.
  const asked = new URLSearchParams(address);
  if (!['shift', 'day', 'from'].some((key) => asked.has(key))) asked.set('shift', 'previous');
  const chosen = useChosenWindow(first?.asset.id, asked);
  const reports = useLineReports(lines, chosen.data?.window);
  const failed = chosen.error ?? reports.find(({ error }) => error !== null)?.error ?? null;
  const known = reports.flatMap(({ data }) => (data ? [data] : []));
  const title = plant.root === undefined ? t('overview.unnamedPlant') : name(plant.root.name);
  if (first === undefined) {
    return (
      <Frame title={title}>
        <Notice title={t(plant.lines.length === 0 ? 'empty.title' : 'overview.noLine')}>
          <Link to="/">{t('problem.toOverview')}</Link>
        </Notice>
      </Frame>
    );
  }
  const isWaiting = chosen.isPending || reports.some(({ isPending }) => isPending);
  return (
    <Frame title={title}>
      <div className="report-page">
        <div className="report-tools">
          <WindowBar chosen={chosen.data} calendar={first.calendar} timeZone={first.timeZone} standard="previous" />
          <LineChoice plant={plant.lines} chosen={chosenLine} />
          <Button type="primary" disabled={known.length === 0} onClick={() => window.print()}>
            {t('report.print')}
          </Button>
        </div>
        {failed !== null && (
          <ProblemNotice
            problem={failed}
            onRetry={() => {
              void chosen.refetch();
              for (const report of reports) void report.refetch();
            }}
          />
        )}
        {chosen.data === null && <p className="quiet">{t('line.noWindow')}</p>}
        {failed === null && chosen.data !== null && isWaiting && <p role="status">{t('loading')}</p>}
        {!isWaiting && failed === null && chosen.data && known.length === 0 && (
          <p className="quiet">{t('machine.nothingYet')}</p>
        )}
        {!isWaiting && failed === null && chosen.data && known.length > 0 && (
          <ReportSheet plantName={title} reports={known} window={chosen.data.window} assets={assets} />
        )}
      </div>
    </Frame>
  );
}

function LineChoice({ plant, chosen }: { plant: readonly Line[]; chosen: string | null }) {
  const { t, name } = useFormats();
  const [address] = useSearchParams();
  if (plant.length < 2) return null;
  const to = (line: string | null): string => {
    const changed = new URLSearchParams(address);
    if (line === null) changed.delete('line');
    else changed.set('line', line);
    return `?${changed}`;
  };
  return (
    <nav className="lines" aria-label={t('overview.lines')}>
      <Link to={to(null)} aria-current={chosen === null ? 'page' : undefined}>
        {t('overview.allLines')}
      </Link>
      {plant.map(({ asset }) => (
        <Link key={asset.id} to={to(asset.id)} aria-current={chosen === asset.id ? 'page' : undefined}>
          {name(asset.name)}
        </Link>
      ))}
    </nav>
  );
}

function useLineReports(lines: readonly Line[], window: CalendarWindow | undefined) {
  const { api } = useSession();
  return useQueries({
    queries: lines.map((line) => ({
      queryKey: ['report', line.asset.id, window?.from, window?.to],
      queryFn: () => lineReport(api, line, window!),
      enabled: window !== undefined,
      refetchInterval: window?.open === true ? 60_000 : 300_000,
    })),
  });
}

/** Null when nothing of the window has passed. */
async function lineReport(api: ApiClient, line: Line, window: CalendarWindow): Promise<LineReport | null> {
  const range = { from: window.from, to: window.open ? String(Math.floor(serverNow())) : window.to };
  const asset = line.asset.id;
  const kpis = (kind: string): Promise<{ items: WindowKpi[] }> =>
    api.get(`/kpis?${new URLSearchParams({ asset, window: kind, ...range })}`);
  const [whole, hours, losses] = await Promise.all([
    kpis('custom'),
    kpis('hour'),
    api.get<Losses>(`/assets/${encodeURIComponent(asset)}/losses?${new URLSearchParams(range)}`),
  ]);
  const kpi = whole.items.at(-1);
  return kpi === undefined ? null : { line, kpi, losses, hours: hours.items };
}
