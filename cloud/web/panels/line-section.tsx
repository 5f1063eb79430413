import type { LiveKpi } from '@gongfu/shared/wire/live';
import { useId } from 'react';
import { Link } from 'react-router';
import type { Asset, AssetCalendar } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import type { LiveState } from '../live-state.ts';
import type { Line } from '../plant.ts';
import { Counts, Coverage, Factors, OeeFigure } from './figures.tsx';
import { MachineCard } from './machine-card.tsx';
import { Trend } from './trend.tsx';

export function LineSection({ line, live }: { line: Line; live: LiveState }) {
  const { t, name } = useFormats();
  const heading = useId();
  const { asset, machines, calendar, timeZone } = line;
  const own = live.kpis.get(asset.id);
  const shift = own ?? machines.map(({ id }) => live.kpis.get(id)).find((kpi) => kpi !== undefined);
  const offline = new Set([...live.gateways.values()].flatMap((gateway) => (gateway.online ? [] : [gateway.name])));
  return (
    <section className="line" aria-labelledby={heading} data-asset={asset.id}>
      <div className="line-head">
        <div className="line-name">
          <h2 id={heading}>
            <Link to={`/lines/${encodeURIComponent(asset.id)}`}>{name(asset.name)}</Link>
          </h2>
          <ShiftText live={shift} calendar={calendar} timeZone={timeZone} />
          <Coverage kpi={own?.kpi} timeZone={timeZone} />
        </div>
        <OeeFigure kpi={own?.kpi} target={asset.targetOee} />
        <Factors kpi={own?.kpi} />
        <Counts kpi={own?.kpi} />
        <Trend assetId={asset.id} target={asset.targetOee} timeZone={timeZone} />
      </div>
      {machines.length === 0 && <p className="quiet">{t('overview.noMachines')}</p>}
      <ul className="machines" aria-label={t('overview.machines', { line: name(asset.name) })}>
        {machines.map((machine) => (
          <li key={machine.id}>
            <MachineCard
              machine={machine}
              target={machine.targetOee ?? asset.targetOee}
              live={live.kpis.get(machine.id)}
              samples={live.samples}
              gatewayOffline={gatewayOffline(machine, offline)}
              timeZone={timeZone}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Which window the figures are of: shift, its hours, and whether it is still going on. */
function ShiftText(props: { live: LiveKpi | undefined; calendar: AssetCalendar | null; timeZone: string }) {
  const { t, name, clock, stamp } = useFormats();
  const { live, calendar, timeZone } = props;
  if (live === undefined) return <span className="quiet">{t('kpi.none')}</span>;
  const { kpi } = live;
  const named = calendar?.shifts.find(({ id }) => id === kpi.shiftId)?.name;
  return (
    <span className="shift">
      <span title={`${stamp(kpi.from, timeZone)} – ${stamp(kpi.to, timeZone)}`}>
        {named === undefined ? t(windowNames[kpi.window] ?? 'window.custom') : name(named)} ·{' '}
        {clock(kpi.from, timeZone)}–{clock(kpi.to, timeZone)}
      </span>
      {kpi.open && <span className="open">{t('kpi.open')}</span>}
    </span>
  );
}

/** Of a window that is no shift of the calendar: where there is no calendar, every minute is one. */
const windowNames: Readonly<Record<string, 'window.shift' | 'window.day'>> = {
  shift: 'window.shift',
  day: 'window.day',
};

/** Name of a gateway that is gone and read the machine's state, if so. */
function gatewayOffline(machine: Asset, offline: ReadonlySet<string>): string | null {
  const gateway = machine.signals.find(({ role }) => role === 'state')?.gateway;
  return gateway !== undefined && offline.has(gateway) ? gateway : null;
}
