import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { SignalLines } from '../signal-lines.ts';
import type { Range } from '../signal-view.ts';
import { timeLabels } from '../time-labels.ts';

export interface PlotSignal {
  readonly id: string;
  /** Signals of one scale share an axis; `axis` is what is written beside it. */
  readonly scale: string;
  readonly axis: string;
  readonly colour: string;
  readonly dashed: boolean;
  /** Holds until the next one instead of sloping towards it. */
  readonly stepped: boolean;
}

export interface PlotLook {
  readonly language: string;
  readonly timeZone: string;
  readonly text: string;
  readonly line: string;
  readonly hatch: string;
  readonly mark: string;
}

export interface PlotEvents {
  /** A part was dragged over; `measuring` when its figures are wanted rather than a closer look. */
  dragged(range: Range, measuring: boolean): void;
  wheeled(factor: number, at: number): void;
  back(): void;
  /** Epoch ms under the cursor, null when it left. */
  pointed(place: number | null): void;
}

const axesMax = 4;
/**
 * Beyond so many signals lines are thin and envelopes are edges alone: fills over fills are mud. Without a graphics card,
 * as on many a panel PC, that is also drawn ten times as fast, which is what keeps zooming smooth.
 */
const filledMax = 3;

/** One uPlot of many signals: an envelope from min to max with the mean inside, an axis a unit, bad quality and gaps behind. */
export class SignalPlot {
  readonly #element: HTMLElement;
  readonly #plot: uPlot;
  readonly #follow: ResizeObserver;
  readonly #hatch: string;
  #frame: number | undefined;
  #lines: SignalLines = { times: [], lines: [] };
  #range: Range = { from: 0, to: 1 };
  /** What is in the plot already. */
  #drawn: SignalLines | undefined;
  #gaps: readonly Range[] = [];
  #brush: Range | null = null;
  measuring = false;

  constructor(options: {
    element: HTMLElement;
    signals: readonly PlotSignal[];
    look: PlotLook;
    events: PlotEvents;
  }) {
    const { element, signals, look, events } = options;
    this.#element = element;
    this.#hatch = look.hatch;
    const scales = [...new Map(signals.map((signal) => [signal.scale, signal])).values()];
    const narrow = element.clientWidth < 600;
    const isFilled = signals.length <= filledMax;
    this.#plot = new uPlot(
      {
        width: element.clientWidth,
        height: element.clientHeight,
        ms: 1,
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
        scales: { x: { time: true, auto: false }, ...Object.fromEntries(scales.map(({ scale }) => [scale, {}])) },
        axes: [
          {
            stroke: look.text,
            grid: { stroke: look.line, width: 1 },
            ticks: { stroke: look.line },
            values: timeLabels(look.language, look.timeZone),
            space: 90,
          },
          ...scales.slice(0, narrow ? 1 : axesMax).map(
            ({ scale, axis, colour }, i): uPlot.Axis => ({
              scale,
              side: i % 2 === 0 ? 3 : 1,
              label: axis,
              labelSize: 18,
              size: 56,
              // An axis of one signal has its colour.
              stroke: signals.filter((one) => one.scale === scale).length === 1 ? colour : look.text,
              grid: { show: i === 0, stroke: look.line, width: 1 },
              ticks: { stroke: look.line },
            }),
          ),
        ],
        series: [{}, ...signals.flatMap((signal) => seriesOf(signal, isFilled ? 1.5 : 1))],
        bands: isFilled
          ? signals.map(({ colour }, i) => ({ series: [3 * i + 3, 3 * i + 1], fill: `${colour}33` }))
          : [],
        hooks: {
          drawClear: [() => this.#drawBehind()],
          draw: [() => this.#drawBrush(look.mark)],
          setCursor: [({ cursor }) => events.pointed(cursor.idx ?? null)],
          setSelect: [(plot) => this.#selected(plot, events)],
        },
      },
      [[], ...signals.flatMap(() => [[], [], []])] as unknown as uPlot.AlignedData,
      element,
    );
    this.#plot.over.addEventListener('dblclick', () => events.back());
    this.#plot.over.addEventListener(
      'wheel',
      (event) => {
        // Without Ctrl the wheel moves the page, as everywhere.
        if (!event.ctrlKey) return;
        event.preventDefault();
        events.wheeled(event.deltaY < 0 ? 0.7 : 1 / 0.7, event.offsetX / this.#plot.over.clientWidth);
      },
      { passive: false },
    );
    this.#follow = new ResizeObserver(() => {
      this.#plot.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    this.#follow.observe(element);
  }

  show(lines: SignalLines, range: Range): void {
    this.#lines = lines;
    this.#range = range;
    this.#drawSoon();
  }

  mark(gaps: readonly Range[], brush: Range | null): void {
    const isSame = JSON.stringify([gaps, brush]) === JSON.stringify([this.#gaps, this.#brush]);
    this.#gaps = gaps;
    this.#brush = brush;
    if (!isSame) this.#drawSoon();
  }

  /** Strokes cost more than all else on this page: once a frame, however much has changed. */
  #drawSoon(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#plot.batch(() => {
        if (this.#lines !== this.#drawn) this.#plot.setData(dataOf(this.#lines), true);
        this.#plot.setScale('x', { min: this.#range.from, max: this.#range.to });
        this.#plot.redraw(false);
      });
      this.#drawn = this.#lines;
    });
  }

  /** Moves the cursor by so many pixels. Returns the time beneath it. */
  moveCursor(byPx: number): number {
    const { left = -1 } = this.#plot.cursor;
    const width = this.#plot.over.clientWidth;
    const place = Math.max(0, Math.min(width - 1, (left < 0 ? width / 2 : left) + byPx));
    this.#plot.setCursor({ left: place, top: this.#plot.over.clientHeight / 2 });
    return this.#plot.posToVal(place, 'x');
  }

  destroy(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#follow.disconnect();
    this.#plot.destroy();
    this.#element.replaceChildren();
  }

  #selected(plot: uPlot, events: PlotEvents): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    const range = {
      from: Math.round(plot.posToVal(left, 'x')),
      to: Math.round(plot.posToVal(left + width, 'x')),
    };
    const shift = (plot.cursor.event as MouseEvent | undefined)?.shiftKey === true;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (range.to > range.from) events.dragged(range, shift !== this.measuring);
  }

  #drawBehind(): void {
    const bad = this.#lines.lines.flatMap((line) => line.bad.map(([from, to]) => ({ from, to })));
    if (bad.length + this.#gaps.length === 0) return;
    const { ctx } = this.#plot;
    ctx.save();
    ctx.strokeStyle = this.#hatch;
    ctx.lineWidth = devicePixelRatio;
    for (const span of bad) this.#hatched(span, 6 * devicePixelRatio);
    ctx.globalAlpha = 0.5;
    ctx.fillStyle = this.#hatch;
    for (const span of this.#gaps) {
      const [left, width] = this.#place(span);
      ctx.fillRect(left, this.#plot.bbox.top, width, 4 * devicePixelRatio);
      ctx.strokeRect(left, this.#plot.bbox.top, width, this.#plot.bbox.height);
    }
    ctx.restore();
  }

  #hatched(span: Range, stepPx: number): void {
    const { ctx, bbox } = this.#plot;
    const [left, width] = this.#place(span);
    if (width <= 0) return;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, width, bbox.height);
    ctx.clip();
    ctx.beginPath();
    for (let x = Math.floor((left - bbox.height) / stepPx) * stepPx; x < left + width; x += stepPx) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }

  #drawBrush(colour: string): void {
    if (this.#brush === null) return;
    const { ctx, bbox } = this.#plot;
    const [left, width] = this.#place(this.#brush);
    ctx.save();
    ctx.fillStyle = `${colour}22`;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.fillStyle = colour;
    ctx.fillRect(left, bbox.top, devicePixelRatio, bbox.height);
    ctx.fillRect(left + width - devicePixelRatio, bbox.top, devicePixelRatio, bbox.height);
    ctx.restore();
  }

  /** Left edge and width on the canvas, within the plotted area and never narrower than two pixels. */
  #place({ from, to }: Range): [number, number] {
    const { bbox } = this.#plot;
    const within = (time: number) =>
      Math.max(bbox.left, Math.min(bbox.left + bbox.width, this.#plot.valToPos(time, 'x', true)));
    const [left, right] = [within(from), within(to)];
    const outside = right <= bbox.left || left >= bbox.left + bbox.width;
    return [left, outside ? 0 : Math.max(2 * devicePixelRatio, right - left)];
  }
}

/** Edges that lie on the mean would be drawn three times over. */
function dataOf({ times, lines }: SignalLines): uPlot.AlignedData {
  const none = new Array<null>(times.length).fill(null);
  return [
    times,
    ...lines.flatMap(({ min, mean, max, isSingle }) => (isSingle ? [none, mean, none] : [min, mean, max])),
  ] as uPlot.AlignedData;
}

/** Lower edge, mean, upper edge: where a bucket holds one sample they are one line. */
function seriesOf({ scale, colour, dashed, stepped }: PlotSignal, width: number): uPlot.Series[] {
  const stepPaths = uPlot.paths.stepped?.({ align: 1 });
  const look: uPlot.Series = {
    scale,
    spanGaps: false,
    points: { show: false },
    ...(dashed ? { dash: [6, 4] } : {}),
    ...(stepped && stepPaths !== undefined ? { paths: stepPaths } : {}),
  };
  return [
    { ...look, stroke: `${colour}99`, width: 1 },
    { ...look, stroke: colour, width },
    { ...look, stroke: `${colour}99`, width: 1 },
  ];
}
