import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { type ApiClient, ApiProblem } from '../api-client.ts';
import type { Asset, MachineStates, User, WindowKpi } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import type { LiveState } from '../live-state.ts';
import { NowContext, useLive, useTicking } from '../live-view.tsx';
import { ConnectionBanner, ConnectionMark } from '../panels/connection.tsx';
import { Frame } from '../panels/frame.tsx';
import { Losses, Waterfall } from '../panels/losses.tsx';
import { StateBadge } from '../panels/machine-card.tsx';
import { HourCounts, MachineSignals } from '../panels/machine-signals.tsx';
import { Notice } from '../panels/notice.tsx';
import { ProblemNotice } from '../panels/problem-notice.tsx';
import { StateTimeline } from '../panels/state-timeline.tsx';
import { plantOf } from '../plant.ts';
import { serverNow } from '../server-clock.ts';
import { useSession } from '../session.tsx';
import '../machine.css';

/** One machine: what it does now, what it lost in the window of the address, and why. */
export function MachinePage({ token, user }: { token: string; user: User }) {
  const { t, name } = useFormats();
  const { api } = useSession();
  const now = useTicking();
  const { assetId } = useParams();
  const mayRead = user.permissions.includes('assets:read') && user.permissions.includes('kpis:read');
  const assets = useQuery({
    queryKey: ['assets', token],
    queryFn: async () => (await api.get<{ items: Asset[] }>('/assets')).items,
    enabled: mayRead,
    refetchInterval: 60_000,
  });
  const machine = assets.data?.find(({ id, level }) => id === assetId && level === 'work-unit');
  const wanted = useMemo(() => {
    if (machine === undefined) return undefined;
    const tags = machine.signals.flatMap(({ tag }) => (tag === null ? [] : [tag]));
    return { assets: [machine.id], tags: user.permissions.includes('samples:read') ? [...new Set(tags)] : [] };
  }, [machine, user]);
  const live = useLive(token, wanted);
  if (!mayRead || (assets.error instanceof ApiProblem && assets.error.status === 403)) {
    return (
      <Frame>
        <Notice title={t('problem.forbidden')} role="alert">
          <p>{t('problem.forbiddenAdvice', { user: user.name, role: user.role })}</p>
        </Notice>
      </Frame>
    );
  }
  if (assets.data === undefined) {
    if (assets.error === null) return <Frame busy />;
    return (
      <Frame>
        <ProblemNotice problem={assets.error} onRetry={() => void assets.refetch()} />
      </Frame>
    );
  }
  if (machine === undefined) {
    return (
      <Frame>
        <Notice title={t('machine.unknown')}>
          <Link to="/">{t('problem.toOverview')}</Link>
        </Notice>
      </Frame>
    );
  }
  const line = plantOf(assets.data).lines.find(({ machines }) => machines.includes(machine));
  const timeZone = machine.calendar?.timeZone ?? line?.timeZone ?? 'UTC';
  return (
    <NowContext value={now}>
      <Frame title={name(machine.name)} status={<ConnectionMark live={live} timeZone={timeZone} />}>
        <ConnectionBanner live={live} />
        <Machine machine={machine} live={live} timeZone={timeZone} />
      </Frame>
    </NowContext>
  );
}

function Machine({ machine, live, timeZone }: { machine: Asset; live: LiveState; timeZone: string }) {
  const { t, stamp } = useFormats();
  const { api } = useSession();
  const [address] = useSearchParams();
  const query = address.toString();
  const told = useQuery({
    queryKey: ['machine', machine.id, query],
    queryFn: () => historyOf(api, machine.id, address),
    refetchInterval: 15_000,
  });
  const stateTag = machine.signals.find(({ role }) => role === 'state')?.tag ?? '';
  return (
    <div className="machine-page" data-asset={machine.id}>
      <StateBadge live={live.kpis.get(machine.id)} stateTag={live.samples.get(stateTag)} timeZone={timeZone} />
      <nav className="lines" aria-label={t('machine.window')}>
        {(['', 'shift=previous', 'day=today'] as const).map((window) => (
          <Link key={window} to={`?${window}`} aria-current={query === window ? 'page' : undefined}>
            {t(windowTexts[window])}
          </Link>
        ))}
      </nav>
      {told.error !== null && <ProblemNotice problem={told.error} onRetry={() => void told.refetch()} />}
      {told.isPending && <p role="status">{t('loading')}</p>}
      {told.data === null && <p className="quiet">{t('machine.nothingYet')}</p>}
      {told.data && (
        <>
          <p className="quiet">
            {stamp(Date.parse(told.data.kpi.from), timeZone)} – {stamp(Date.parse(told.data.kpi.to), timeZone)}
          </p>
          <StateTimeline states={told.data.states} timeZone={timeZone} />
          <div className="machine-panels">
            <Panel title={t('machine.losses')}>
              <Losses states={told.data.states} />
            </Panel>
            <Panel title={t('machine.waterfall')}>
              <Waterfall kpi={told.data.kpi} />
            </Panel>
            <Panel title={t('machine.hours')}>
              <HourCounts hours={told.data.hours} plannedCycleMs={machine.plannedCycleMs} timeZone={timeZone} />
            </Panel>
            <Panel title={t('machine.signals')}>
              <MachineSignals machine={machine} samples={live.samples} />
            </Panel>
          </div>
        </>
      )}
    </div>
  );
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

const windowTexts = {
  '': 'machine.thisShift',
  'shift=previous': 'machine.previousShift',
  'day=today': 'machine.today',
} as const;

interface MachineHistory {
  readonly kpi: WindowKpi;
  readonly hours: readonly WindowKpi[];
  readonly states: MachineStates;
}

/** Null when nothing of the window has passed. The states are asked over the very range of the KPI. */
async function historyOf(api: ApiClient, asset: string, address: URLSearchParams): Promise<MachineHistory | null> {
  const now = Math.floor(serverNow());
  const [from, to] = [address.get('from'), address.get('to')];
  const window = from !== null && to !== null ? 'custom' : address.has('day') ? 'day' : 'shift';
  // Between two shifts stand at most a few days off; shifts touched by the last four days hold the one before this.
  const range =
    window === 'custom'
      ? { from: from!, to: to! }
      : { from: String(now - (window === 'day' ? 1 : 345_600_000)), to: String(now) };
  const ask = (asked: Record<string, string>): Promise<{ items: WindowKpi[] }> =>
    api.get(`/kpis?${new URLSearchParams({ asset, ...asked })}`);
  const { items } = await ask({ window, ...range });
  const kpi = items.at(address.get('shift') === 'previous' ? -2 : -1);
  if (kpi === undefined) return null;
  const exactly = { from: kpi.from, to: kpi.to };
  const [hours, states] = await Promise.all([
    ask({ window: 'hour', ...exactly }),
    api.get<MachineStates>(`/assets/${encodeURIComponent(asset)}/states?${new URLSearchParams(exactly)}`),
  ]);
  return { kpi, hours: hours.items, states };
}
