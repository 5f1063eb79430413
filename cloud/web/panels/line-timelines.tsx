import { Fragment, useId } from 'react';
import { Link } from 'react-router';
import type { Asset, CalendarWindow, Losses, MachineStates } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { stateWord } from './machine-card.tsx';
import { bandOf, spanClass } from './state-timeline.tsx';
import { shiftQuery } from './window-bar.tsx';
import '../losses.css';

const widthUnits = 1_000;
const ticksMax = 8;
const minuteMs = 60_000;
/** What people read off a clock at a glance. */
const tickSteps = [1, 5, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * minuteMs);

/** The machines of a line under one axis, each with what it cost the line. */
export function LineTimelines(props: {
  machines: readonly Asset[];
  states: ReadonlyMap<string, MachineStates>;
  losses: Losses;
  window: CalendarWindow;
  timeZone: string;
}) {
  const { t, name, clock, duration, percent } = useFormats();
  const hatch = useId();
  const { machines, states, losses, window, timeZone } = props;
  const from = Date.parse(losses.from);
  const to = Date.parse(losses.to);
  const costs = costsOf(losses);
  const worst = Math.max(...costs.values(), 0);
  return (
    <div className="line-timelines" data-panel="timelines">
      <span className="label">{t('line.machine')}</span>
      <span className="axis" aria-hidden="true">
        {ticksOf(from, to).map((time) => (
          <span key={time} style={{ left: `${((time - from) / (to - from)) * 100}%` }}>
            {clock(time, timeZone)}
          </span>
        ))}
      </span>
      <span className="label cost">{t('line.lost')}</span>
      {machines.map((machine) => {
        const told = states.get(machine.id);
        const cost = costs.get(machine.id) ?? 0;
        return (
          <Fragment key={machine.id}>
            <Link to={`/machines/${encodeURIComponent(machine.id)}?${shiftQuery(window)}`}>{name(machine.name)}</Link>
            <svg
              className="track"
              viewBox={`0 0 ${widthUnits} 40`}
              preserveAspectRatio="none"
              role="img"
              aria-label={t('line.shareRunning', {
                machine: name(machine.name),
                running: told === undefined ? '—' : percent(runningShare(told)),
              })}
            >
              <defs>
                <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                  <path d="M0 0v6" stroke="var(--unknown)" strokeWidth="3" />
                </pattern>
              </defs>
              {alikeJoined(told?.items ?? []).map((item) => {
                const [start, end] = [Date.parse(item.from), Date.parse(item.to)];
                const cause = name(item.cause);
                const short = item.gathered > 1 ? ` · ${t('machine.gathered', { states: String(item.gathered) })}` : '';
                return (
                  <rect
                    key={item.from}
                    className={spanClass(item.state)}
                    {...(item.state === 'unknown' ? { fill: `url(#${hatch})` } : {})}
                    x={((start - from) / (to - from)) * widthUnits}
                    width={Math.max(0.3, ((end - start) / (to - from)) * widthUnits)}
                    {...bandOf(item.state)}
                  >
                    <title>
                      {`${clock(start, timeZone)}–${clock(end, timeZone)} ${t(stateWord(item.state))}${cause === '' ? '' : ` · ${cause}`} · ${duration(end - start)}${short}`}
                    </title>
                  </rect>
                );
              })}
            </svg>
            <span className={cost > 0 && cost === worst ? 'cost worst' : 'cost'}>{duration(cost)}</span>
          </Fragment>
        );
      })}
    </div>
  );
}

/** From the beginning of the window, which is a round time, in steps that are round too. */
function ticksOf(from: number, to: number): number[] {
  const step = tickSteps.find((one) => (to - from) / one <= ticksMax) ?? (to - from) / ticksMax;
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, tick) => from + tick * step);
}

/** What lies at each machine of the losses, by its id. */
export function costsOf({ losses }: Losses): ReadonlyMap<string, number> {
  const costs = new Map<string, number>();
  for (const { assetId, ms } of losses) costs.set(assetId, (costs.get(assetId) ?? 0) + ms);
  return costs;
}

/** A line shows a shift of every machine: neighbours that stand for short states and look alike are one shape, not hundreds. */
function alikeJoined(items: MachineStates['items']): MachineStates['items'] {
  const joined: MachineStates['items'][number][] = [];
  for (const item of items) {
    const last = joined.at(-1);
    const alike = last !== undefined && last.state === item.state && last.planned === item.planned;
    if (alike && last.gathered > 1 && item.gathered > 1)
      joined[joined.length - 1] = { ...last, to: item.to, gathered: last.gathered + item.gathered };
    else joined.push(item);
  }
  return joined;
}

function runningShare({ items }: MachineStates): number {
  let [running, planned] = [0, 0];
  for (const { from, to, element } of items) {
    const ms = Date.parse(to) - Date.parse(from);
    if (element !== 'notPlanned') planned += ms;
    if (element === 'apt') running += ms;
  }
  return planned === 0 ? 0 : running / planned;
}
