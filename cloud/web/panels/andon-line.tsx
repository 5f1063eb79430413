import type { LiveKpi } from '@gongfu/shared/wire/live';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import type { LiveState } from '../live-state.ts';
import { useNow } from '../live-view.tsx';
import type { Line } from '../plant.ts';
import { stateWord, toneOfState } from './machine-card.tsx';
import { StateMark } from './state-mark.tsx';

/** A line of the wall: how far from plan, and a tile for each machine, always at the same place. */
export function AndonLine({ line, live, calling }: { line: Line; live: LiveState; calling: ReadonlySet<string> }) {
  const { name } = useFormats();
  const { asset, machines } = line;
  return (
    <section className="andon-line" data-asset={asset.id}>
      <div className="andon-line-head">
        <h2>{name(asset.name)}</h2>
        <Pace live={live.kpis.get(asset.id)} target={asset.targetOee} />
      </div>
      <ul>
        {machines.map((machine) => (
          <Tile key={machine.id} machine={machine} live={live.kpis.get(machine.id)} calls={calling.has(machine.id)} />
        ))}
      </ul>
    </section>
  );
}

/** Good pieces of the shift so far beside what was planned so far, and OEE beside its target. */
function Pace({ live, target }: { live: LiveKpi | undefined; target: number | null }) {
  const { t, count, percent } = useFormats();
  if (live === undefined) return <p>{t('kpi.none')}</p>;
  const { counts, oee } = live.kpi;
  const plan = planOf(live);
  const isBelow = oee !== null && target !== null && oee < target;
  return (
    <p className="andon-pace">
      <span>
        {t('kpi.good')} <b>{count(counts.good)}</b>
        {plan !== null && ` / ${count(plan)}`}
      </span>
      <span className={isBelow ? 'andon-below' : ''}>
        {t('kpi.oee')} <b>{oee === null ? '—' : percent(oee)}</b>
        {target !== null && ` / ${percent(target)}`}
      </span>
    </p>
  );
}

function planOf({ kpi }: LiveKpi): number | null {
  const { counts, elements, plannedRunTime } = kpi;
  const paced = counts.produced - counts.unobserved - counts.unplanned;
  return paced > 0 && plannedRunTime > 0 ? (elements.pbt * paced) / plannedRunTime : null;
}

function Tile({ machine, live, calls }: { machine: Asset; live: LiveKpi | undefined; calls: boolean }) {
  const { t, name, duration, count } = useFormats();
  const now = useNow();
  const known = live !== undefined && live.state.doubt !== 'never-seen' ? live : undefined;
  const isSure = known?.state.doubt === 'none';
  const state = isSure ? known.state.state : 'unknown';
  const cause = known === undefined || !isSure ? '' : name(known.state.cause);
  const plan = known === undefined ? null : planOf(known);
  return (
    <li
      className={`andon-tile andon-${isSure ? toneOfState(state) : 'unknown'}${calls ? ' andon-calls' : ''}`}
      data-asset={machine.id}
      data-state={state}
    >
      <h3>{name(machine.name)}</h3>
      <p className="andon-state">
        <StateMark state={state} />
        {known === undefined
          ? t('state.neverSeen')
          : known.state.doubt === 'stale'
            ? t('state.stale')
            : known.state.doubt === 'bad'
              ? t('state.bad')
              : t(stateWord(state))}
      </p>
      <p className="andon-cause">{cause}</p>
      <p className="andon-foot">
        <span>{known?.state.since == null ? '' : duration(now - known.state.since)}</span>
        <span>
          {known !== undefined && count(known.kpi.counts.good)}
          {plan !== null && ` / ${count(plan)}`}
        </span>
      </p>
    </li>
  );
}
