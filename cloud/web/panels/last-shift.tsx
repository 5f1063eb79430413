import { useQueries } from '@tanstack/react-query';
import { useId } from 'react';
import { Link } from 'react-router';
import type { ApiClient } from '../api-client.ts';
import type { Asset, CalendarWindow, Losses } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import type { Line } from '../plant.ts';
import { useSession } from '../session.tsx';
import { lastShift } from '../window-choice.ts';
import { LossLink, whereText, whyText } from './loss-list.tsx';
import { shiftQuery, WindowName } from './window-bar.tsx';

const topShown = 3;
/** What is over changes only when late samples arrive; where there is nothing yet, they may be on their way. */
const askAgainMs = 300_000;
const askSoonMs = 20_000;

interface LineShift {
  readonly line: Line;
  readonly window: CalendarWindow;
  readonly losses: Losses;
}

/** The manager's first question, answered without a click: what did we lose last night, where, and why. */
export function LastShift({ lines, assets }: { lines: readonly Line[]; assets: ReadonlyMap<string, Asset> }) {
  const { t } = useFormats();
  const { api } = useSession();
  const heading = useId();
  const asked = useQueries({
    queries: lines.map((line) => ({
      queryKey: ['last-shift', line.asset.id],
      queryFn: () => lineShift(api, line),
      refetchInterval: ({ state: { data } }: { state: { data: LineShift | null | undefined } }) =>
        data != null && coverageOf([data.losses]) > 0 ? askAgainMs : askSoonMs,
    })),
  });
  const known = asked.flatMap(({ data }) => (data === undefined || data === null ? [] : [data]));
  const observed = known.filter(({ losses }) => coverageOf([losses]) > 0);
  const isWaiting = asked.some(({ isPending }) => isPending);
  const missing = isWaiting
    ? t('loading')
    : known.length > 0
      ? t('losses.unobserved')
      : asked.some(({ isError }) => isError)
        ? t('losses.failed')
        : t('losses.none');
  const [first] = observed;
  return (
    <section className="last-shift" aria-labelledby={heading} aria-busy={isWaiting}>
      <h2 id={heading}>
        {t('losses.lastShift')}{' '}
        {first !== undefined && (
          <WindowName window={first.window} calendar={first.line.calendar} timeZone={first.line.timeZone} />
        )}
      </h2>
      {isWaiting || first === undefined ? (
        <p className="quiet" role="status">
          {missing}
        </p>
      ) : (
        <Told shifts={observed} assets={assets} />
      )}
    </section>
  );
}

function Told({ shifts, assets }: { shifts: readonly LineShift[]; assets: ReadonlyMap<string, Asset> }) {
  const formats = useFormats();
  const { t, count, duration, percent, points, clock, name } = formats;
  const all = shifts.map(({ losses }) => losses);
  const lostPieces = sumOrNull(all.map(({ lostPieces: pieces }) => pieces));
  const plannedPieces = sumOrNull(all.map(({ plannedPieces: pieces }) => pieces));
  const top = shifts
    .flatMap(({ line, window, losses }) => losses.losses.map((loss) => ({ loss, window, line })))
    .sort((a, b) => b.loss.ms - a.loss.ms)
    .slice(0, topShown);
  return (
    <div className="last-shift-told">
      <div className="last-shift-sum">
        <p>
          <strong className="number" data-figure="lost-pieces">
            {lostPieces === null ? '—' : count(lostPieces)}
          </strong>{' '}
          {t('kpi.pieces')} {t('losses.lost')}
        </p>
        {plannedPieces !== null && <p className="quiet">{t('losses.lostOf', { planned: count(plannedPieces) })}</p>}
        <p className="number">{t('losses.lostHours', { duration: duration(sum(all.map(({ lostMs }) => lostMs))) })}</p>
        <p className={coverageOf(all) < 0.9 ? 'attention' : 'quiet'}>
          {t('losses.observed', { share: percent(coverageOf(all)) })}
        </p>
      </div>
      <ol className="last-shift-top" aria-label={t('losses.top')}>
        {top.map(({ loss, window, line }) => (
          <li key={JSON.stringify([loss.assetId, loss.element, loss.state, loss.cause])} data-asset={loss.assetId}>
            <LossLink loss={loss} window={window}>
              {whereText(formats, assets, loss.assetId)} · {whyText(formats, loss)}
            </LossLink>
            <span className="number">
              <b>{duration(loss.ms)}</b>
              {loss.pieces !== null && ` · ${count(loss.pieces)} ${t('kpi.pieces')}`}
              {loss.times > 0 && ` · ${t('losses.times', { times: count(loss.times) })}`}
            </span>
            {loss.longest !== null && (
              <span className="quiet number">
                {t('losses.longest', {
                  from: clock(Date.parse(loss.longest.from), line.timeZone),
                  to: clock(Date.parse(loss.longest.to), line.timeZone),
                })}
              </span>
            )}
          </li>
        ))}
      </ol>
      <table className="bars last-shift-lines" aria-label={t('losses.lines')}>
        <thead>
          <tr>
            <th scope="col">{t('losses.line')}</th>
            <th scope="col">{t('kpi.oee')}</th>
            <th scope="col">{t('losses.lost')}</th>
            <th scope="col">
              <span className="visually-hidden">{t('losses.report')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shifts.map(({ line, window, losses }) => {
            const oee = oeeOf(losses);
            const below = oee === null || line.asset.targetOee === null ? null : oee - line.asset.targetOee;
            return (
              <tr key={line.asset.id} data-asset={line.asset.id}>
                <th scope="row">
                  <Link to={`/lines/${encodeURIComponent(line.asset.id)}?${shiftQuery(window)}`}>
                    {name(line.asset.name)}
                  </Link>
                </th>
                <td
                  title={
                    line.asset.targetOee === null
                      ? undefined
                      : t('kpi.target', { target: percent(line.asset.targetOee) })
                  }
                >
                  {oee === null ? '—' : percent(oee)}{' '}
                  {below !== null && (
                    <span className={below < 0 ? 'delta-below' : 'quiet'}>
                      {below < 0 ? '▼' : '▲'} {points(below)}
                    </span>
                  )}
                </td>
                <td>{losses.lostPieces === null ? '—' : `${count(losses.lostPieces)} ${t('kpi.pieces')}`}</td>
                <td>
                  <Link to={`/reports/shift?line=${encodeURIComponent(line.asset.id)}&${shiftQuery(window)}`}>
                    {t('losses.report')}
                  </Link>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

async function lineShift(api: ApiClient, line: Line): Promise<LineShift | null> {
  const window = await lastShift(api, line.asset.id);
  if (window === null) return null;
  const range = new URLSearchParams({ from: window.from, to: window.to });
  const losses = await api.get<Losses>(`/assets/${encodeURIComponent(line.asset.id)}/losses?${range}`);
  return { line, window, losses };
}

/** Share of the planned time that somebody saw. */
export function coverageOf(accounts: readonly Pick<Losses, 'plannedMs' | 'losses'>[]): number {
  const planned = sum(accounts.map(({ plannedMs }) => plannedMs));
  return planned === 0 ? 0 : (planned - sum(accounts.map(unknownMs))) / planned;
}

/** As the KPI says it: over the time that was observed. */
export function oeeOf(account: Losses): number | null {
  const observedMs = account.plannedMs - unknownMs(account);
  return observedMs <= 0 ? null : account.goodMs / observedMs;
}

function unknownMs({ losses }: Pick<Losses, 'losses'>): number {
  return sum(losses.filter(({ element }) => element === 'unknown').map(({ ms }) => ms));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : sum(values as number[]);
}
