import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useAppearance } from '../appearance.tsx';
import { useFormats } from '../formats.ts';
import type { SignalLines } from '../signal-lines.ts';
import { between, type Range } from '../signal-view.ts';
import { type PlotEvents, type PlotSignal, SignalPlot } from './signal-plot.ts';

interface ChartProps extends PlotEvents {
  readonly signals: readonly PlotSignal[];
  readonly lines: SignalLines;
  readonly range: Range;
  readonly gaps: readonly Range[];
  readonly brush: Range | null;
  readonly measuring: boolean;
  readonly language: string;
  readonly timeZone: string;
  shift(share: number): void;
  follow(): void;
  clearBrush(): void;
}

/** The picture, and all one can do with it by mouse, finger and keyboard. */
export function SignalChart(props: ChartProps) {
  const { t } = useFormats();
  const { palette } = useAppearance();
  const room = useRef<HTMLDivElement>(null);
  const plot = useRef<SignalPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const shape = JSON.stringify([props.signals, props.language, props.timeZone]);
  // Made anew only when other signals, colours or words are shown; data and range go into the one that is there.
  useEffect(() => {
    const { signals, language, timeZone } = latest.current;
    if (room.current === null || shape === '') return;
    const made = new SignalPlot({
      element: room.current,
      signals,
      look: {
        language,
        timeZone,
        text: palette.quiet,
        line: palette.line,
        hatch: palette.edge,
        mark: palette.accent,
      },
      events: {
        dragged: (range, measuring) => latest.current.dragged(range, measuring),
        wheeled: (factor, at) => latest.current.wheeled(factor, at),
        back: () => latest.current.back(),
        pointed: (place) => latest.current.pointed(place),
      },
    });
    plot.current = made;
    room.current.tabIndex = 0;
    made.show(latest.current.lines, latest.current.range);
    return () => {
      plot.current = undefined;
      made.destroy();
    };
  }, [shape, palette]);
  const { lines, range, gaps, brush, measuring } = props;
  useEffect(() => plot.current?.show(lines, range), [lines, range]);
  useEffect(() => plot.current?.mark(gaps, brush), [gaps, brush]);
  useEffect(() => {
    if (plot.current !== undefined) plot.current.measuring = measuring;
  }, [measuring]);
  const begun = useRef<number>(undefined);
  const press = (event: KeyboardEvent): void => {
    const actions = keyActions(props, plot, begun);
    const act = actions.get(`${event.shiftKey ? 'Shift+' : ''}${event.key}`) ?? actions.get(event.key);
    if (act === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  };
  return (
    <div
      className="signal-chart"
      ref={room}
      role="application"
      aria-label={t('signals.chart')}
      aria-describedby="signal-keys"
      onKeyDown={press}
    />
  );
}

function keyActions(
  props: ChartProps,
  plot: { readonly current: SignalPlot | undefined },
  begun: { current: number | undefined },
): ReadonlyMap<string, () => void> {
  const endPart = (): void => {
    const end = plot.current?.moveCursor(0);
    const part = begun.current === undefined || end === undefined ? null : between(begun.current, end);
    if (part !== null) props.dragged(part, true);
  };
  return new Map<string, () => void>([
    ['ArrowLeft', () => props.shift(-0.25)],
    ['ArrowRight', () => props.shift(0.25)],
    ['+', () => props.wheeled(0.5, 0.5)],
    ['=', () => props.wheeled(0.5, 0.5)],
    ['-', () => props.wheeled(2, 0.5)],
    ['Shift+ArrowLeft', () => void plot.current?.moveCursor(-5)],
    ['Shift+ArrowRight', () => void plot.current?.moveCursor(5)],
    [
      '[',
      () => {
        begun.current = plot.current?.moveCursor(0);
      },
    ],
    [']', endPart],
    ['Enter', () => props.brush !== null && props.dragged(props.brush, false)],
    ['Escape', props.clearBrush],
    ['Backspace', props.back],
    ['End', props.follow],
  ]);
}
