import { memo, useMemo } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { ApiProblem } from '../api-client.ts';
import type { Asset, CalendarWindow, Losses, User } from '../api-shapes.ts';
import { type AssetHistory, useAssetHistory } from '../asset-history.ts';
import { useWritableTags, WritableContext } from '../command-data.ts';
import { useFormats } from '../formats.ts';
import type { LiveState } from '../live-state.ts';
import { NowContext, SamplesContext, useLive, useTicking } from '../live-view.tsx';
import { ConnectionBanner, ConnectionMark } from '../panels/connection.tsx';
import { Frame } from '../panels/frame.tsx';
import { HourCounts } from '../panels/hour-counts.tsx';
import { LossList, StopList } from '../panels/loss-list.tsx';
import { StateBadge } from '../panels/machine-card.tsx';
import { MachineSignals } from '../panels/machine-signals.tsx';
import { Notice } from '../panels/notice.tsx';
import { Panel } from '../panels/panel.tsx';
import { PlantGate } from '../panels/plant-gate.tsx';
import { ProblemNotice } from '../panels/problem-notice.tsx';
import { StateTimeline } from '../panels/state-timeline.tsx';
import { Waterfall } from '../panels/waterfall.tsx';
import { shiftQuery, WindowBar } from '../panels/window-bar.tsx';
import { type Line, plantOf } from '../plant.ts';
import type { Tag } from '../signal-catalogue.ts';
import { useChosenWindow } from '../window-choice.ts';
import '../machine.css';

const shown = 12;
const noTags: ReadonlyMap<string, Tag> = new Map();

/** One machine: what it does now, what it lost in the window of the address, and why. `?stop=` points at one stop. */
export function MachinePage({ token, user }: { token: string; user: User }) {
  return (
    <PlantGate token={token} user={user}>
      {(assets) => <Found assets={assets} user={user} token={token} />}
    </PlantGate>
  );
}

function Found({ assets, user, token }: { assets: readonly Asset[]; user: User; token: string }) {
  const { t, name } = useFormats();
  const now = useTicking();
  const { assetId } = useParams();
  const machine = assets.find(({ id, level }) => id === assetId && level === 'work-unit');
  const wanted = useMemo(() => {
    if (machine === undefined) return undefined;
    const tags = machine.signals.flatMap(({ tag }) => (tag === null ? [] : [tag]));
    return { assets: [machine.id], tags: user.permissions.includes('samples:read') ? [...new Set(tags)] : [] };
  }, [machine, user]);
  const live = useLive(wanted);
  const writable = useWritableTags(token, user).data ?? noTags;
  const line = useMemo(
    () => plantOf(assets).lines.find(({ machines }) => machines.some(({ id }) => id === assetId)),
    [assets, assetId],
  );
  if (machine === undefined) {
    return (
      <Frame>
        <Notice title={t('machine.unknown')}>
          <Link to="/">{t('problem.toOverview')}</Link>
        </Notice>
      </Frame>
    );
  }
  const timeZone = machine.calendar?.timeZone ?? line?.timeZone ?? 'UTC';
  return (
    <NowContext value={now}>
      <Frame title={name(machine.name)} status={<ConnectionMark live={live} timeZone={timeZone} />}>
        <ConnectionBanner live={live} />
        <SamplesContext value={live.samples}>
          <WritableContext value={writable}>
            <Machine machine={machine} line={line} assets={assets} live={live} timeZone={timeZone} />
          </WritableContext>
        </SamplesContext>
      </Frame>
    </NowContext>
  );
}

function Machine(props: {
  machine: Asset;
  line: Line | undefined;
  assets: readonly Asset[];
  live: LiveState;
  timeZone: string;
}) {
  const { t, name } = useFormats();
  const { machine, line, assets, live, timeZone } = props;
  const [address] = useSearchParams();
  const chosen = useChosenWindow(machine.id, address);
  const window = chosen.data?.window;
  const machines = useMemo(() => [machine], [machine]);
  const told = useAssetHistory(machine, machines, window);
  const failed = chosen.error ?? told.error;
  const stateTag = machine.signals.find(({ role }) => role === 'state')?.tag ?? '';
  return (
    <div className="machine-page" data-asset={machine.id}>
      <div className="machine-top">
        <StateBadge live={live.kpis.get(machine.id)} stateTag={live.samples.get(stateTag)} timeZone={timeZone} />
        {line !== undefined && (
          <Link to={`/lines/${encodeURIComponent(line.asset.id)}?${window === undefined ? '' : shiftQuery(window)}`}>
            {t('line.toLine')}: {name(line.asset.name)}
          </Link>
        )}
      </div>
      <WindowBar chosen={chosen.data} calendar={machine.calendar ?? line?.calendar ?? null} timeZone={timeZone} />
      {failed !== null &&
        (isWithoutState(failed) ? (
          <p className="quiet">{t('machine.noState')}</p>
        ) : (
          <ProblemNotice problem={failed} onRetry={() => void (chosen.error === null ? told : chosen).refetch()} />
        ))}
      {chosen.data === null && <p className="quiet">{t('line.noWindow')}</p>}
      {failed === null && chosen.data !== null && told.isPending && <p role="status">{t('loading')}</p>}
      {told.data === null && <p className="quiet">{t('machine.nothingYet')}</p>}
      {told.data && window !== undefined ? (
        <Told machine={machine} assets={assets} history={told.data} window={window} timeZone={timeZone} />
      ) : (
        // What it measures now can be seen without what it has made.
        machine.signals.length > 0 && (
          <div className="machine-panels">
            <SignalsPanel machine={machine} />
          </div>
        )
      )}
    </div>
  );
}

interface ToldProps {
  readonly machine: Asset;
  readonly assets: readonly Asset[];
  readonly history: AssetHistory;
  readonly window: CalendarWindow;
  readonly timeZone: string;
}

/** Drawn again when history tells another thing, not for every sample. */
const Told = memo((props: ToldProps) => {
  const { t } = useFormats();
  const { machine, assets, window, timeZone } = props;
  const { kpi, hours, losses, states } = props.history;
  const [address] = useSearchParams();
  const at = address.get('stop');
  const byId = useMemo(() => new Map(assets.map((asset) => [asset.id, asset])), [assets]);
  const timeline = states.get(machine.id);
  const signals = signalsQuery(machine);
  return (
    <>
      {/* Another stop in the address is another view: what was pointed at is forgotten. */}
      {timeline !== undefined && <StateTimeline key={at} states={timeline} timeZone={timeZone} at={at} />}
      <div className="machine-panels">
        <Panel title={t('machine.losses')}>
          <LossList
            own={machine.id}
            losses={losses.losses}
            lostMs={losses.lostMs}
            assets={byId}
            window={window}
            most={shown}
          />
        </Panel>
        <Panel title={t('losses.stops')}>
          <StopList
            stops={losses.stops.slice(0, shown)}
            assets={byId}
            timeZone={timeZone}
            named={false}
            chosen={at}
            to={(stop) => `/signals?${signals}&${around(stop)}`}
          />
          <p className="quiet">{t('losses.signalsHint')}</p>
        </Panel>
        <Panel title={t('machine.waterfall')}>
          <Waterfall kpi={kpi} />
        </Panel>
        <Panel title={t('machine.hours')}>
          <HourCounts hours={hours} plannedCycleMs={machine.plannedCycleMs} timeZone={timeZone} />
        </Panel>
        <SignalsPanel machine={machine} />
      </div>
    </>
  );
});

function SignalsPanel({ machine }: { machine: Asset }) {
  const { t } = useFormats();
  return (
    <Panel title={t('machine.signals')}>
      <MachineSignals machine={machine} />
    </Panel>
  );
}

/** Many a machine only measures: that is no fault. */
function isWithoutState(problem: unknown): boolean {
  return problem instanceof ApiProblem && problem.code === 'kpi-not-defined';
}

/** The state first, then what the machine measures: what one looks at around a stop. */
function signalsQuery({ signals }: Asset): string {
  const tags = ['state', 'signal'].flatMap((wanted) =>
    signals.flatMap(({ role, tag }) => (role === wanted && tag !== null ? [tag] : [])),
  );
  return `tags=${tags.slice(0, 4).join(',')}`;
}

/** The stop with half its length before and after it, a minute at least. */
function around({ from, to }: Losses['stops'][number]): URLSearchParams {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const marginMs = Math.max(60_000, (end - start) / 2);
  return new URLSearchParams({
    from: String(Math.round(start - marginMs)),
    to: String(Math.round(end + marginMs)),
  });
}
