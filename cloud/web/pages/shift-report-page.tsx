import { Button } from 'antd';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { withChanges } from '../address.ts';
import type { Asset, User } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useLineReports } from '../line-report.ts';
import { Frame } from '../panels/frame.tsx';
import { Notice } from '../panels/notice.tsx';
import { PlantGate } from '../panels/plant-gate.tsx';
import { ProblemNotice } from '../panels/problem-notice.tsx';
import { ReportSheet } from '../panels/report-sheet.tsx';
import { WindowBar } from '../panels/window-bar.tsx';
import { type Line, plantOf } from '../plant.ts';
import { useChosenWindow } from '../window-choice.ts';

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
        {/* What was told before an answer failed to come is still true. */}
        {!isWaiting && chosen.data && known.length > 0 && (
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
  const to = (line: string | null): string => withChanges(address, { line });
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
