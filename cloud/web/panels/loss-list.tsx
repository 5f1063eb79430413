import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Asset, CalendarWindow, Losses } from '../api-shapes.ts';
import { type Formats, useFormats } from '../formats.ts';
import { stateWord } from './machine-card.tsx';
import { StateMark } from './state-mark.tsx';
import { shiftQuery } from './window-bar.tsx';
import '../losses.css';

export type LossJson = Losses['losses'][number];
type StopJson = Losses['stops'][number];
type Names = ReadonlyMap<string, Asset>;

/** Pareto: what cost most, where and why; each leads to the machine in the same window, at its longest stop. */
export function LossList(props: {
  losses: readonly LossJson[];
  lostMs: number;
  assets: Names;
  window: CalendarWindow;
  most: number;
  /** The machine the page is about: it need not be named. */
  own?: string;
}) {
  const formats = useFormats();
  const { t, duration, count, percent } = formats;
  const { lostMs, assets, window, most, own } = props;
  const losses = props.losses.filter(({ ms }) => ms >= 1_000).slice(0, most);
  if (losses.length === 0) return <p className="quiet">{t('machine.noLosses')}</p>;
  const longest = losses[0]!.ms;
  return (
    <table className="bars" data-panel="losses">
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
        {losses.map((loss) => (
          <tr key={JSON.stringify([loss.assetId, loss.element, loss.state, loss.cause])}>
            <th scope="row">
              <LossLink loss={loss} window={window}>
                {loss.assetId !== own && `${whereText(formats, assets, loss.assetId)} · `}
                {whyText(formats, loss)}
              </LossLink>
              <i className={`bar bar-${loss.element}`} style={{ width: `${(loss.ms / longest) * 100}%` }} />
            </th>
            <td>{duration(loss.ms)}</td>
            <td>{lostMs > 0 ? percent(loss.ms / lostMs) : '—'}</td>
            <td>{loss.pieces === null ? '—' : count(loss.pieces)}</td>
            <td>{loss.times === 0 ? '—' : count(loss.times)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function LossLink({ loss, window, children }: { loss: LossJson; window: CalendarWindow; children: ReactNode }) {
  const query = shiftQuery(window);
  if (loss.longest !== null) query.set('stop', loss.longest.from);
  return <Link to={`/machines/${encodeURIComponent(loss.assetId)}?${query}`}>{children}</Link>;
}

/** The longest single stops: when, how long, why, and for whom a machine waited. `to` says where each leads. */
export function StopList(props: {
  stops: readonly StopJson[];
  assets: Names;
  timeZone: string;
  named: boolean;
  chosen?: string | null;
  to: (stop: StopJson) => string;
}) {
  const formats = useFormats();
  const { t, clock, duration, stamp } = formats;
  const { stops, assets, timeZone, named, chosen, to } = props;
  if (stops.length === 0) return <p className="quiet">{t('losses.noStops')}</p>;
  return (
    <table className="bars stops" data-panel="stops">
      <thead>
        <tr>
          <th scope="col">{t('losses.when')}</th>
          <th scope="col" className="told">
            {named ? t('losses.whereWhy') : t('machine.loss')}
          </th>
          <th scope="col">{t('machine.duration')}</th>
        </tr>
      </thead>
      <tbody>
        {stops.map((stop) => (
          <tr key={`${stop.assetId} ${stop.from}`} aria-current={stop.from === chosen ? 'true' : undefined}>
            <th
              scope="row"
              title={`${stamp(Date.parse(stop.from), timeZone)} – ${stamp(Date.parse(stop.to), timeZone)}`}
            >
              <Link to={to(stop)}>
                {clock(Date.parse(stop.from), timeZone)}–{clock(Date.parse(stop.to), timeZone)}
              </Link>
            </th>
            <td className="told">
              <StateMark state={stop.state} /> {named && `${whereText(formats, assets, stop.assetId)} · `}
              {whyText(formats, stop)}
              {stop.waitsFor !== null && (
                <span className="quiet">
                  {' '}
                  {t('losses.while', { machine: whereText(formats, assets, stop.waitsFor) })}
                </span>
              )}
            </td>
            <td>{duration(Date.parse(stop.to) - Date.parse(stop.from))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function whereText({ name }: Formats, assets: Names, assetId: string): string {
  const asset = assets.get(assetId);
  return asset === undefined ? assetId : name(asset.name);
}

export function whyText(
  { t, name }: Formats,
  { element, state, cause }: Pick<LossJson, 'element' | 'state' | 'cause'>,
): string {
  if (element === 'speed') return t('machine.element.speed');
  if (element === 'quality') return t('machine.element.quality');
  if (element === 'unknown') return t('machine.element.unknown');
  const told = name(cause);
  return told === '' ? t(stateWord(state ?? 'unknown')) : told;
}
