import type { LiveKpi } from '@gongfu/shared/wire/live';
import type { TFunction } from 'i18next';
import { useId } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useFormats } from '../formats.ts';
import type { LiveState } from '../live-client.ts';
import type { Line } from '../plant.ts';
import { Counts, Coverage, Factors, OeeFigure } from './figures.tsx';
import { MachineCard } from './machine-card.tsx';
import { Trend } from './trend.tsx';

export function LineSection({ line, live }: { line: Line; live: LiveState }) {
  const { t, name } = useFormats();
  const [address] = useSearchParams();
  const heading = useId();
  const { asset, machines, timeZone } = line;
  const own = live.kpis.get(asset.id);
  const shift = own ?? machines.map(({ id }) => live.kpis.get(id)).find((kpi) => kpi !== undefined);
  const chosen = new URLSearchParams(address);
  chosen.set('line', asset.id);
  return (
    <section className="line" aria-labelledby={heading} data-asset={asset.id}>
      <div className="line-head">
        <div className="line-name">
          <h2 id={heading}>
            <Link to={`?${chosen}`}>{name(asset.name)}</Link>
          </h2>
          <ShiftText live={shift} timeZone={timeZone} />
          <Coverage kpi={own?.kpi} />
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
              timeZone={timeZone}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Which window the figures are of: shift, its hours, and whether it is still going on. */
function ShiftText({ live, timeZone }: { live: LiveKpi | undefined; timeZone: string }) {
  const { t, clock, stamp } = useFormats();
  if (live === undefined) return <span className="quiet">{t('kpi.none')}</span>;
  const { kpi } = live;
  return (
    <span className="shift">
      <span title={`${stamp(kpi.from, timeZone)} – ${stamp(kpi.to, timeZone)}`}>
        {shiftName(kpi.label, t)} · {clock(kpi.from, timeZone)}–{clock(kpi.to, timeZone)}
      </span>
      {kpi.open && <span className="open">{t('kpi.open')}</span>}
    </span>
  );
}

const shiftKeys = {
  early: 'shift.early',
  morning: 'shift.morning',
  day: 'shift.day',
  late: 'shift.late',
  evening: 'shift.evening',
  night: 'shift.night',
} as const;

/** From `2026-11-24 night`: the date is in the hours beside it; usual ids are said in the reader's language, others as the plant wrote them. */
function shiftName(label: string, t: TFunction): string {
  const id = label.replace(/^\d{4}-\d\d-\d\d /, '');
  return id in shiftKeys ? t(shiftKeys[id as keyof typeof shiftKeys]) : id;
}
