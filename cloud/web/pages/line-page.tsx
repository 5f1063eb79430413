import { useMemo } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { type Asset, type CalendarWindow, figuresOf, type User } from '../api-shapes.ts';
import { type AssetHistory, useAssetHistory } from '../asset-history.ts';
import { useFormats } from '../formats.ts';
import { NowContext, useLive, useTicking } from '../live-view.tsx';
import { ConnectionBanner, ConnectionMark } from '../panels/connection.tsx';
import { Counts, Coverage, Factors, OeeFigure } from '../panels/figures.tsx';
import { Frame } from '../panels/frame.tsx';
import { HourCounts, plannedCycleOf } from '../panels/hour-counts.tsx';
import { costsOf, LineTimelines } from '../panels/line-timelines.tsx';
import { LossList, StopList } from '../panels/loss-list.tsx';
import { Notice } from '../panels/notice.tsx';
import { Panel } from '../panels/panel.tsx';
import { PlantGate } from '../panels/plant-gate.tsx';
import { ProblemNotice } from '../panels/problem-notice.tsx';
import { shiftQuery, WindowBar } from '../panels/window-bar.tsx';
import { type Line, plantOf } from '../plant.ts';
import { useChosenWindow } from '../window-choice.ts';
import '../machine.css';

const lossesShown = 12;

/** One line: its machines under one axis, which of them cost most, what was lost and why, and the hours against plan. */
export function LinePage({ token, user }: { token: string; user: User }) {
  return (
    <PlantGate token={token} user={user}>
      {(assets) => <Found assets={assets} />}
    </PlantGate>
  );
}

function Found({ assets }: { assets: readonly Asset[] }) {
  const { t, name } = useFormats();
  const { assetId } = useParams();
  const now = useTicking();
  const line = useMemo(() => plantOf(assets).lines.find(({ asset }) => asset.id === assetId), [assets, assetId]);
  const wanted = useMemo(() => (line === undefined ? undefined : { assets: [line.asset.id], tags: [] }), [line]);
  const live = useLive(wanted);
  if (line === undefined) {
    return (
      <Frame>
        <Notice title={t('line.unknown')}>
          <Link to="/">{t('problem.toOverview')}</Link>
        </Notice>
      </Frame>
    );
  }
  return (
    <NowContext value={now}>
      <Frame title={name(line.asset.name)} status={<ConnectionMark live={live} timeZone={line.timeZone} />}>
        <ConnectionBanner live={live} />
        <Windowed line={line} assets={assets} />
      </Frame>
    </NowContext>
  );
}

function Windowed({ line, assets }: { line: Line; assets: readonly Asset[] }) {
  const { t } = useFormats();
  const [address] = useSearchParams();
  const { asset, machines, calendar, timeZone } = line;
  const chosen = useChosenWindow(asset.id, address);
  const window = chosen.data?.window;
  const told = useAssetHistory(asset, machines, window);
  const failed = chosen.error ?? told.error;
  const isEmpty = told.data === null;
  return (
    <div className="machine-page" data-asset={asset.id}>
      <WindowBar chosen={chosen.data} calendar={calendar} timeZone={timeZone} />
      {failed !== null && (
        <ProblemNotice problem={failed} onRetry={() => void (chosen.error === null ? told : chosen).refetch()} />
      )}
      {chosen.data === null && <p className="quiet">{t('line.noWindow')}</p>}
      {failed === null && chosen.data !== null && told.isPending && <p role="status">{t('loading')}</p>}
      {isEmpty && <p className="quiet">{t('machine.nothingYet')}</p>}
      {told.data && window !== undefined && <Told line={line} assets={assets} history={told.data} window={window} />}
    </div>
  );
}

function Told(props: { line: Line; assets: readonly Asset[]; history: AssetHistory; window: CalendarWindow }) {
  const { t, name, duration, percent } = useFormats();
  const { line, assets, window } = props;
  const { kpi, hours, losses, states } = props.history;
  const { asset, machines, timeZone } = line;
  const byId = useMemo(() => new Map(assets.map((one) => [one.id, one])), [assets]);
  const [worst] = [...costsOf(losses)].sort((a, b) => b[1] - a[1]);
  const figures = useMemo(() => figuresOf(kpi), [kpi]);
  return (
    <>
      <div className="line-figures">
        <OeeFigure kpi={figures} target={asset.targetOee} />
        <Factors kpi={figures} />
        <Counts kpi={figures} />
        <div>
          {worst !== undefined && worst[1] > 0 && (
            <p data-panel="bottleneck">
              {t('line.bottleneck')}{' '}
              <Link to={`/machines/${encodeURIComponent(worst[0])}?${shiftQuery(window)}`}>
                <b>{name(byId.get(worst[0])?.name ?? { zh: worst[0], en: worst[0] })}</b>
              </Link>{' '}
              <span className="number">
                {t('line.bottleneckDetail', {
                  duration: duration(worst[1]),
                  share: percent(losses.lostMs > 0 ? worst[1] / losses.lostMs : 0),
                })}
              </span>
            </p>
          )}
          <Coverage kpi={figures} timeZone={timeZone} />{' '}
          <Link to={`/reports/shift?line=${encodeURIComponent(asset.id)}&${shiftQuery(window)}`}>
            {t('losses.report')}
          </Link>
        </div>
      </div>
      <h2 className="visually-hidden">{t('line.timelines')}</h2>
      <LineTimelines machines={machines} states={states} losses={losses} window={window} timeZone={timeZone} />
      <div className="machine-panels">
        <Panel title={t('line.losses')}>
          <LossList losses={losses.losses} lostMs={losses.lostMs} assets={byId} window={window} most={lossesShown} />
        </Panel>
        <Panel title={t('line.hours')}>
          <HourCounts hours={hours} plannedCycleMs={plannedCycleOf(kpi)} timeZone={timeZone} />
        </Panel>
        <Panel title={t('losses.stops')}>
          <StopList
            // Who only waited is told by the stop it waited for.
            stops={losses.stops.filter(({ waitsFor }) => waitsFor === null).slice(0, lossesShown)}
            assets={byId}
            timeZone={timeZone}
            named
            to={(stop) => {
              const query = shiftQuery(window);
              query.set('stop', stop.from);
              return `/machines/${encodeURIComponent(stop.assetId)}?${query}`;
            }}
          />
        </Panel>
      </div>
    </>
  );
}
