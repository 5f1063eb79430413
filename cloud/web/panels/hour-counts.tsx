import type { WindowKpi } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';

/** Pieces made hour by hour, beside what the planned cycle would have made in the planned time of that hour. */
export function HourCounts(props: { hours: readonly WindowKpi[]; plannedCycleMs: number | null; timeZone: string }) {
  const { hours, plannedCycleMs, timeZone } = props;
  const { t, count, clock } = useFormats();
  const planOf = ({ elements }: WindowKpi): number | null =>
    plannedCycleMs === null ? null : elements.pbt / plannedCycleMs;
  const most = Math.max(1, ...hours.flatMap((hour) => [hour.counts.produced, planOf(hour) ?? 0]));
  return (
    <table className="bars" data-panel="hours">
      <thead>
        <tr>
          <th scope="col">{t('machine.hour')}</th>
          <th scope="col">{t('machine.good')}</th>
          <th scope="col">{t('machine.scrap')}</th>
          <th scope="col">{t('machine.plan')}</th>
          <th scope="col">{t('machine.missing')}</th>
        </tr>
      </thead>
      <tbody>
        {hours.map((hour) => {
          const { from, counts } = hour;
          const plan = planOf(hour);
          const missing = plan === null ? null : plan - counts.good;
          return (
            <tr key={from}>
              <th scope="row">
                {clock(Date.parse(from), timeZone)}
                <span className="bar-plan" style={{ width: `${((plan ?? counts.good) / most) * 100}%` }}>
                  <i
                    className="bar"
                    style={{
                      width: plan === 0 || plan === null ? '100%' : `${Math.min(1, counts.good / plan) * 100}%`,
                    }}
                  />
                </span>
              </th>
              <td>{count(counts.good)}</td>
              <td>{count(counts.scrap)}</td>
              <td>{plan === null ? '—' : count(plan)}</td>
              <td>{missing === null ? '—' : missing > 0 ? `−${count(missing)}` : `+${count(-missing)}`}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The planned run time of one piece the figures of a group were made with; null where nothing was made in planned time. */
export function plannedCycleOf({ plannedRunTime, counts }: WindowKpi): number | null {
  const pieces = counts.produced - counts.unobserved - counts.unplanned;
  return pieces > 0 && plannedRunTime > 0 ? plannedRunTime / pieces : null;
}
