import type { WindowKpi } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';

/** From planned busy time to the time that made good pieces: where each minute of OEE went. */
export function Waterfall({ kpi }: { kpi: WindowKpi }) {
  const { t, duration } = useFormats();
  const { pbt, apt, adet, adot, aust, unknown } = kpi.elements;
  if (pbt === 0) return <p className="quiet">{t('machine.nothingPlanned')}</p>;
  const speed = kpi.effectiveness === null ? null : apt - kpi.plannedRunTime;
  const quality = speed === null || kpi.qualityRatio === null ? null : kpi.plannedRunTime * (1 - kpi.qualityRatio);
  const steps: { step: keyof typeof texts; end: number; size: number | null }[] = [
    { step: 'pbt', end: pbt, size: pbt },
    { step: 'unknown', end: pbt - unknown, size: -unknown },
    { step: 'adet', end: pbt - unknown - adet, size: -adet },
    { step: 'adot', end: pbt - unknown - adet - adot, size: -adot },
    { step: 'aust', end: apt, size: -aust },
    { step: 'apt', end: apt, size: apt },
    { step: 'speed', end: kpi.plannedRunTime, size: speed === null ? null : -speed },
    { step: 'quality', end: kpi.plannedRunTime - (quality ?? 0), size: quality === null ? null : -quality },
    {
      step: 'valuable',
      end: kpi.plannedRunTime - (quality ?? 0),
      size: quality === null ? null : kpi.plannedRunTime - quality,
    },
  ];
  const widest = Math.max(pbt, kpi.plannedRunTime);
  return (
    <table className="bars" data-panel="waterfall">
      <tbody>
        {steps.map(({ step, end, size }) => {
          const isWhole = step === 'pbt' || step === 'apt' || step === 'valuable';
          const left = isWhole || size === null ? 0 : Math.min(end, end - size);
          const bar = { marginLeft: `${(left / widest) * 100}%`, width: `${(Math.abs(size ?? 0) / widest) * 100}%` };
          return (
            <tr key={step} className={isWhole ? 'whole' : ''}>
              <th scope="row">
                {t(texts[step])}
                <i className="bar" style={bar} />
              </th>
              <td>
                {size === null
                  ? '—'
                  : `${isWhole || Math.abs(size) < 1_000 ? '' : size < 0 ? '−' : '+'}${duration(Math.abs(size))}`}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const texts = {
  pbt: 'machine.element.pbt',
  unknown: 'machine.element.unknown',
  adet: 'machine.element.adet',
  adot: 'machine.element.adot',
  aust: 'machine.element.aust',
  apt: 'machine.element.apt',
  speed: 'machine.element.speed',
  quality: 'machine.element.quality',
  valuable: 'machine.element.valuable',
} as const;
