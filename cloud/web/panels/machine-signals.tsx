import type { LiveSample } from '@gongfu/shared/wire/live';
import type { Asset, WindowKpi } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useNow } from '../live-view.tsx';

/** Pieces made hour by hour, beside what the planned cycle would have made in the planned time of that hour. */
export function HourCounts(props: { hours: readonly WindowKpi[]; plannedCycleMs: number | null; timeZone: string }) {
  const { hours, plannedCycleMs, timeZone } = props;
  const { t, count, clock } = useFormats();
  const most = Math.max(1, ...hours.map(({ counts }) => counts.produced));
  return (
    <table className="bars" data-panel="hours">
      <thead>
        <tr>
          <th scope="col">{t('machine.hour')}</th>
          <th scope="col">{t('machine.good')}</th>
          <th scope="col">{t('machine.scrap')}</th>
          <th scope="col">{t('machine.plan')}</th>
        </tr>
      </thead>
      <tbody>
        {hours.map(({ from, counts, elements }) => (
          <tr key={from}>
            <th scope="row">
              {clock(Date.parse(from), timeZone)}
              <i className="bar" style={{ width: `${(counts.good / most) * 100}%` }} />
            </th>
            <td>{count(counts.good)}</td>
            <td>{count(counts.scrap)}</td>
            <td>{plannedCycleMs === null ? '—' : count(elements.pbt / plannedCycleMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function MachineSignals({ machine, samples }: { machine: Asset; samples: ReadonlyMap<string, LiveSample> }) {
  const { t, duration } = useFormats();
  const now = useNow();
  return (
    <table className="bars" data-panel="signals">
      <thead>
        <tr>
          <th scope="col">{t('machine.signal')}</th>
          <th scope="col">{t('machine.value')}</th>
          <th scope="col">{t('machine.quality')}</th>
          <th scope="col">{t('machine.age')}</th>
        </tr>
      </thead>
      <tbody>
        {machine.signals.map(({ role, tag, unit, gateway }) => {
          const sample = tag === null ? undefined : samples.get(tag);
          return (
            <tr key={`${gateway} ${role} ${tag}`}>
              <th scope="row" title={tag ?? gateway}>
                {t(`signal.role.${role}`)}
              </th>
              <td>{sample?.value == null ? '—' : `${shortened(sample.value)} ${unit}`}</td>
              <td>{sample === undefined ? t('state.neverSeen') : t(`machine.qualities.${sample.quality}`)}</td>
              <td>{sample === undefined ? '—' : duration(now - sample.sourceTime)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** A 32-bit float read into a 64-bit one shows digits nobody measured. */
function shortened(value: LiveSample['value']): string {
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value);
}
