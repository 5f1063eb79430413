import type { LocalText } from '@gongfu/shared/model/asset';
import type { MachineStates, WindowKpi } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { stateWord } from './machine-card.tsx';

const lossElements = ['aust', 'adet', 'adot', 'unknown'];

interface Loss {
  readonly key: string;
  readonly state: string;
  readonly cause: LocalText;
  ms: number;
  times: number;
}

/** What kept the machine from running in planned time, the longest first. */
export function Losses({ states }: { states: MachineStates }) {
  const { t, name, duration, count } = useFormats();
  const losses = lossesOf(states);
  if (losses.length === 0) return <p className="quiet">{t('machine.noLosses')}</p>;
  const longest = losses[0]!.ms;
  return (
    <table className="bars" data-panel="losses">
      <thead>
        <tr>
          <th scope="col">{t('machine.loss')}</th>
          <th scope="col">{t('machine.duration')}</th>
          <th scope="col">{t('machine.times')}</th>
        </tr>
      </thead>
      <tbody>
        {losses.map(({ key, state, cause, ms, times }) => (
          <tr key={key}>
            <th scope="row">
              {t(stateWord(state))}
              {name(cause) !== '' && ` · ${name(cause)}`}
              <i className="bar" style={{ width: `${(ms / longest) * 100}%` }} />
            </th>
            <td>{duration(ms)}</td>
            <td>{count(times)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function lossesOf({ items }: MachineStates): Loss[] {
  const found = new Map<string, Loss>();
  let before = '';
  for (const { state, cause, element, from, to } of items) {
    const key = JSON.stringify([state, cause]);
    if (lossElements.includes(element)) {
      const loss = found.get(key) ?? { key, state, cause, ms: 0, times: 0 };
      loss.ms += Date.parse(to) - Date.parse(from);
      // A break in the middle of a stop does not make two stops of it.
      if (key !== before) loss.times += 1;
      found.set(key, loss);
    }
    before = key;
  }
  return [...found.values()].sort((a, b) => b.ms - a.ms);
}

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
