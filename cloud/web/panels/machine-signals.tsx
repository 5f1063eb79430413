import type { LiveSample } from '@gongfu/shared/wire/live';
import { Link } from 'react-router';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useNow } from '../live-view.tsx';

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
                {tag === null ? (
                  t(`signal.role.${role}`)
                ) : (
                  <Link to={`/signals?tags=${tag}`}>{t(`signal.role.${role}`)}</Link>
                )}
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
