import { useId, useState } from 'react';
import type { MachineStates } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { stateWord, toneOfState } from './machine-card.tsx';

const widthUnits = 1_000;

/** States over time, by colour and pattern. One stop of the tab key; arrows go from state to state, the text below tells which. */
export function StateTimeline(props: { states: MachineStates; timeZone: string; at?: string | null }) {
  const { states, timeZone, at } = props;
  const { t, name, duration, stamp, clock } = useFormats();
  const hatch = useId();
  const { items } = states;
  const asked = at == null ? undefined : items.find(({ to }) => Date.parse(to) > Date.parse(at))?.from;
  const [pointed, choose] = useState<string>();
  const chosen = pointed ?? asked;
  const start = Date.parse(states.from);
  const end = Date.parse(states.to);
  if (items.length === 0) return <p className="quiet">{t('machine.nothingYet')}</p>;
  const found = items.findIndex(({ from }) => from === chosen);
  const index = found === -1 ? items.length - 1 : found;
  const shown = items[index]!;
  const place = (time: string): number => ((Date.parse(time) - start) / (end - start)) * widthUnits;
  const cause = name(shown.cause);
  const text = [
    t(stateWord(shown.state)) + (cause === '' ? '' : ` · ${cause}`),
    duration(Date.parse(shown.to) - Date.parse(shown.from)),
    `${stamp(Date.parse(shown.from), timeZone)} – ${stamp(Date.parse(shown.to), timeZone)}`,
    ...(shown.gathered > 1 ? [t('machine.gathered', { states: String(shown.gathered) })] : []),
    ...(shown.planned ? [] : [t('machine.notPlanned')]),
  ].join(' · ');
  const move = (to: number): void => choose(items[Math.min(items.length - 1, Math.max(0, to))]!.from);
  return (
    <div className="state-timeline">
      <div
        role="slider"
        tabIndex={0}
        aria-label={t('machine.timeline')}
        aria-valuemin={1}
        aria-valuemax={items.length}
        aria-valuenow={index + 1}
        aria-valuetext={text}
        onKeyDown={(event) => {
          const steps = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: items.length - 1 };
          if (!(event.key in steps)) return;
          event.preventDefault();
          move(steps[event.key as keyof typeof steps]);
        }}
      >
        <svg viewBox={`0 0 ${widthUnits} 40`} preserveAspectRatio="none" aria-hidden="true">
          <defs>
            <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <path d="M0 0v6" stroke="var(--unknown)" strokeWidth="3" />
            </pattern>
          </defs>
          {items.map((item) => (
            <rect
              key={item.from}
              className={spanClass(item.state)}
              data-state={item.state}
              {...(item.state === 'unknown' ? { fill: `url(#${hatch})` } : {})}
              x={place(item.from)}
              width={Math.max(0.5, place(item.to) - place(item.from))}
              {...bandOf(item.state)}
              // Not on entering: a picture that comes up under a resting pointer has not been pointed at.
              onPointerMove={() => choose(item.from)}
            />
          ))}
          <path d={`M${place(shown.from)} 39.5H${place(shown.to)}`} className="span-chosen" />
        </svg>
      </div>
      <p className="ends quiet">
        <span>{clock(start, timeZone)}</span>
        <span>{clock(end, timeZone)}</span>
      </p>
      <p className="told">{text}</p>
    </div>
  );
}

export function spanClass(state: string): string {
  return `span-${toneOfState(state)}`;
}

/** Height tells the state where colour does not: running stands full, waiting half, down low. */
export function bandOf(state: string): { y: number; height: number } {
  const tone = toneOfState(state);
  if (tone === 'waiting') return { y: 18, height: 20 };
  if (tone === 'down') return { y: 28, height: 10 };
  return tone === 'planned' ? { y: 10, height: 28 } : { y: 0, height: 38 };
}
