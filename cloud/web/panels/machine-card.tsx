import { statusName } from '@gongfu/shared/model/quality';
import type { LiveKpi, LiveSample } from '@gongfu/shared/wire/live';
import { memo, useId } from 'react';
import { Link } from 'react-router';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useNow } from '../live-view.tsx';
import { Counts, Coverage, Factors, OeeFigure } from './figures.tsx';
import { StateMark } from './state-mark.tsx';
import { Trend } from './trend.tsx';

interface MachineCardProps {
  readonly machine: Asset;
  readonly target: number | null;
  readonly live: LiveKpi | undefined;
  readonly samples: ReadonlyMap<string, LiveSample>;
  readonly timeZone: string;
  /** Name of the gateway when it is gone. */
  readonly gatewayOffline: string | null;
}

/** Drawn again only when something of its own has changed, not for every sample of the plant; ages tick by themselves. */
export const MachineCard = memo(Card, isSameCard);

function isSameCard(before: MachineCardProps, now: MachineCardProps): boolean {
  return (
    before.machine === now.machine &&
    before.live === now.live &&
    before.target === now.target &&
    before.timeZone === now.timeZone &&
    before.gatewayOffline === now.gatewayOffline &&
    now.machine.signals.every(({ tag }) => tag === null || before.samples.get(tag) === now.samples.get(tag))
  );
}

function Card({ machine, target, live, samples, timeZone, gatewayOffline }: MachineCardProps) {
  const { t, name, count } = useFormats();
  const heading = useId();
  const doubt = live?.state.doubt ?? 'never-seen';
  const known = doubt === 'never-seen' ? undefined : live?.kpi;
  const resets = known?.counts.resets ?? 0;
  return (
    <article
      className={`machine doubt-${doubt} tone-${toneOf(live)}`}
      aria-labelledby={heading}
      data-asset={machine.id}
      data-doubt={doubt}
    >
      <div className="machine-head">
        <h3 id={heading}>
          <Link to={`/machines/${encodeURIComponent(machine.id)}`}>{name(machine.name)}</Link>
        </h3>
        <StateBadge live={live} stateTag={sampleOf(machine, 'state', samples)} timeZone={timeZone} />
      </div>
      <div className="machine-figures">
        <OeeFigure kpi={known} target={target} />
        <Counts kpi={known} />
      </div>
      <Factors kpi={known} />
      <Trend assetId={machine.id} target={target} timeZone={timeZone} />
      <p className="machine-foot">
        {doubt === 'never-seen' ? (
          <span className="quiet">{t('state.neverSeenDetail')}</span>
        ) : (
          <Coverage kpi={known} timeZone={timeZone} />
        )}
        {gatewayOffline === null ? (
          <Cycle machine={machine} samples={samples} />
        ) : (
          <span className="attention">{t('state.gatewayOffline', { gateway: gatewayOffline })}</span>
        )}
        {resets > 0 && <span className="quiet">{t('kpi.resets', { resets: count(resets) })}</span>}
        <Doubts machine={machine} samples={samples} />
      </p>
    </article>
  );
}

/** State by shape, word and colour, with how long it lasts; or why it cannot be told. */
export function StateBadge(props: { live: LiveKpi | undefined; stateTag: LiveSample | undefined; timeZone: string }) {
  const { t, name, duration, stamp } = useFormats();
  const now = useNow();
  const { live, stateTag, timeZone } = props;
  if (live === undefined || live.state.doubt === 'never-seen') {
    return (
      <span className="badge badge-never">
        <StateMark state="unknown" />
        {t('state.neverSeen')}
      </span>
    );
  }
  const { state, since, doubt } = live.state;
  const cause = doubt === 'bad' ? '' : name(live.state.cause);
  const age = stateTag === undefined ? undefined : duration(now - stateTag.sourceTime);
  return (
    <span className={`badge badge-${toneOf(live)}`} data-state={state}>
      <StateMark state={doubt === 'none' || doubt === 'stale' ? state : 'unknown'} />
      <b>
        {doubt === 'bad' ? t('state.bad') : t(stateWord(state))}
        {cause !== '' && ` · ${cause}`}
      </b>
      {doubt === 'stale' ? (
        <span>{age === undefined ? t('state.stale') : t('state.staleAge', { duration: age })}</span>
      ) : (
        since !== null && (
          <time title={stamp(since, timeZone)}>{t('state.since', { duration: duration(now - since) })}</time>
        )
      )}
    </span>
  );
}

const wordOf = {
  running: 'state.running',
  setup: 'state.setup',
  starved: 'state.starved',
  blocked: 'state.blocked',
  idle: 'state.idle',
  down: 'state.down',
  'planned-stop': 'state.planned-stop',
  unknown: 'state.unknown',
} as const;

export function stateWord(state: string) {
  return state in wordOf ? wordOf[state as keyof typeof wordOf] : 'state.unknown';
}

export function toneOfState(state: string): string {
  return tones[state] ?? 'unknown';
}

const tones: Readonly<Record<string, string>> = {
  running: 'running',
  starved: 'waiting',
  blocked: 'waiting',
  idle: 'waiting',
  down: 'down',
  setup: 'planned',
  'planned-stop': 'planned',
};

function toneOf(live: LiveKpi | undefined): string {
  if (live === undefined || live.state.doubt === 'never-seen') return 'never';
  if (live.state.doubt === 'stale') return 'stale';
  return live.state.doubt === 'none' ? (tones[live.state.state] ?? 'unknown') : 'unknown';
}

function Cycle({ machine, samples }: { machine: Asset; samples: ReadonlyMap<string, LiveSample> }) {
  const { t, decimal } = useFormats();
  const signal = machine.signals.find(({ role }) => role === 'cycle-time');
  const sample = sampleOf(machine, 'cycle-time', samples);
  if (typeof sample?.value !== 'number' || machine.plannedCycleMs === null) return null;
  const seconds = signal?.unit === 'ms' ? sample.value / 1_000 : sample.value;
  return (
    <span className="quiet">
      {t('kpi.cycle', { cycle: decimal(seconds) })} ·{' '}
      {t('kpi.plannedCycle', { cycle: decimal(machine.plannedCycleMs / 1_000) })}
    </span>
  );
}

/** Signals whose last value is not good, named together by what is the matter with them. */
function Doubts({ machine, samples }: { machine: Asset; samples: ReadonlyMap<string, LiveSample> }) {
  const { t } = useFormats();
  const byStatus = new Map<number, { quality: 'bad' | 'uncertain'; roles: string[] }>();
  for (const { role, tag } of machine.signals) {
    const sample = role === 'signal' || tag === null ? undefined : samples.get(tag);
    if (sample === undefined || sample.quality === 'good') continue;
    const group = byStatus.get(sample.status) ?? { quality: sample.quality, roles: [] };
    group.roles.push(t(`signal.role.${role}`));
    byStatus.set(sample.status, group);
  }
  return [...byStatus].map(([status, { quality, roles }]) => (
    <span key={status} className="attention">
      {t(`signal.${quality}`, { signal: roles.join(t('signal.listJoin')), status: statusName(status) })}
    </span>
  ));
}

function sampleOf(machine: Asset, role: string, samples: ReadonlyMap<string, LiveSample>): LiveSample | undefined {
  const tag = machine.signals.find((signal) => signal.role === role)?.tag;
  return tag === null || tag === undefined ? undefined : samples.get(tag);
}
