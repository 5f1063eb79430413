import { useMemo } from 'react';
import type { Asset, CalendarWindow } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import type { LineReport } from '../line-report.ts';
import { serverNow } from '../server-clock.ts';
import { plannedCycleOf } from './hour-counts.tsx';
import { coverageOf } from './last-shift.tsx';
import { whereText, whyText } from './loss-list.tsx';
import { WindowName } from './window-bar.tsx';
import '../report.css';

/** One A4 page has room for so many rows of losses, shared by its lines. */
const lossRows = 16;
const stopRows = 6;

/** The sheet itself: as it is on screen, so it comes out of the printer. */
export function ReportSheet(props: {
  plantName: string;
  reports: readonly LineReport[];
  window: CalendarWindow;
  assets: readonly Asset[];
}) {
  const { t, stamp } = useFormats();
  const { plantName, reports, window, assets } = props;
  const byId = useMemo(() => new Map(assets.map((asset) => [asset.id, asset])), [assets]);
  const { calendar, timeZone } = reports[0]!.line;
  const rows = Math.max(3, Math.floor(lossRows / reports.length));
  return (
    <article className="sheet" data-panel="report">
      <header>
        <h2>{t('report.title')}</h2>
        <p>
          {plantName} · <WindowName window={window} calendar={calendar} timeZone={timeZone} />
        </p>
      </header>
      <Summary reports={reports} />
      {reports.slice(0, 4).map((report) => (
        <LineBlock key={report.line.asset.id} report={report} rows={rows} assets={byId} />
      ))}
      <Stops reports={reports} assets={byId} timeZone={timeZone} />
      <div className="sheet-notes">
        <p>{t('report.notes')}</p>
        <p>{t('report.signature')}</p>
      </div>
      <footer>
        {t('report.method')} · {t('report.made', { time: stamp(serverNow(), timeZone) })}
      </footer>
    </article>
  );
}

const summaryColumns = [
  'oee',
  'target',
  'availability',
  'effectiveness',
  'quality',
  'good',
  'scrap',
  'lost',
  'lostTime',
  'observed',
] as const;

function Summary({ reports }: { reports: readonly LineReport[] }) {
  const { t, name, percent, points, count, duration } = useFormats();
  return (
    <table className="sheet-summary">
      <thead>
        <tr>
          {(['line', ...summaryColumns] as const).map((column) => (
            <th key={column} scope="col">
              {t(`report.column.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {reports.map(({ line, kpi, losses }) => {
          const { asset } = line;
          const ratio = (value: number | null): string => (value === null ? '—' : percent(value));
          const below = kpi.oee === null || asset.targetOee === null ? null : kpi.oee - asset.targetOee;
          const cells: Record<(typeof summaryColumns)[number], string> = {
            oee: ratio(kpi.oee),
            target: `${ratio(asset.targetOee)}${below === null ? '' : ` ${below < 0 ? '▼' : '▲'} ${points(below)}`}`,
            availability: ratio(kpi.availability),
            effectiveness: ratio(kpi.effectiveness),
            quality: ratio(kpi.qualityRatio),
            good: count(kpi.counts.good),
            scrap: count(kpi.counts.scrap),
            lost: losses.lostPieces === null ? '—' : count(losses.lostPieces),
            lostTime: duration(losses.lostMs),
            observed: percent(coverageOf([losses])),
          };
          return (
            <tr key={asset.id} data-asset={asset.id}>
              <th scope="row">{name(asset.name)}</th>
              {summaryColumns.map((column) => (
                // On a phone there is no room for a head row: each figure carries its name.
                <td key={column} data-figure={column} data-column={t(`report.column.${column}`)}>
                  {cells[column]}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function LineBlock(props: { report: LineReport; rows: number; assets: ReadonlyMap<string, Asset> }) {
  const formats = useFormats();
  const { t, name, duration, percent, count, clock } = formats;
  const { rows, assets } = props;
  const { line, kpi, losses, hours } = props.report;
  const cycleMs = plannedCycleOf(kpi);
  const shown = losses.losses.filter(({ ms }) => ms >= 1_000).slice(0, rows);
  const most = Math.max(
    1,
    ...hours.map(({ counts, elements }) => Math.max(counts.good, cycleMs === null ? 0 : elements.pbt / cycleMs)),
  );
  return (
    <section className="sheet-line">
      <h3>{name(line.asset.name)}</h3>
      <div className="sheet-columns">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('losses.whereWhy')}</th>
              <th scope="col">{t('losses.lostTime')}</th>
              <th scope="col">{t('losses.share')}</th>
              <th scope="col">{t('losses.pieces')}</th>
              <th scope="col">{t('machine.times')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((loss) => (
              <tr key={JSON.stringify([loss.assetId, loss.element, loss.state, loss.cause])}>
                <th scope="row">
                  {whereText(formats, assets, loss.assetId)} · {whyText(formats, loss)}
                </th>
                <td>{duration(loss.ms)}</td>
                <td>{losses.lostMs > 0 ? percent(loss.ms / losses.lostMs) : '—'}</td>
                <td>{loss.pieces === null ? '—' : count(loss.pieces)}</td>
                <td>{loss.times === 0 ? '—' : count(loss.times)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('machine.hour')}</th>
              <th scope="col">{t('machine.good')}</th>
              <th scope="col">{t('machine.plan')}</th>
            </tr>
          </thead>
          <tbody>
            {hours.slice(0, 12).map(({ from, counts, elements }) => (
              <tr key={from}>
                <th scope="row">
                  {clock(Date.parse(from), line.timeZone)}
                  <i style={{ width: `${(counts.good / most) * 60}%` }} />
                </th>
                <td>{count(counts.good)}</td>
                <td>{cycleMs === null ? '—' : count(elements.pbt / cycleMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Stops(props: { reports: readonly LineReport[]; assets: ReadonlyMap<string, Asset>; timeZone: string }) {
  const formats = useFormats();
  const { t, clock, duration } = formats;
  const { reports, assets, timeZone } = props;
  const stops = reports
    .flatMap(({ losses }) => losses.stops)
    // Who only waited is told by the stop it waited for.
    .filter(({ waitsFor }) => waitsFor === null)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, stopRows);
  return (
    <section className="sheet-line">
      <h3>{t('losses.stops')}</h3>
      {stops.length === 0 ? (
        <p>{t('losses.noStops')}</p>
      ) : (
        <ol className="sheet-stops">
          {stops.map((stop) => (
            <li key={`${stop.assetId} ${stop.from}`}>
              {clock(Date.parse(stop.from), timeZone)}–{clock(Date.parse(stop.to), timeZone)}{' '}
              {whereText(formats, assets, stop.assetId)} · {whyText(formats, stop)}{' '}
              <b>{duration(Date.parse(stop.to) - Date.parse(stop.from))}</b>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
