import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { WindowKpi } from '../api-shapes.ts';
import { useAppearance } from '../appearance.tsx';

const heightPx = 40;

/** Bars of one ratio per hour between 0 and 1 (more where OEE exceeds it), the newest at the right, with the target as a line across. */
export function HourBars({
  hours,
  slots,
  target,
}: {
  hours: readonly WindowKpi[];
  slots: number;
  target: number | null;
}) {
  const room = useRef<HTMLDivElement>(null);
  const { palette } = useAppearance();
  useEffect(() => {
    const element = room.current;
    if (element === null) return;
    const shown = hours.slice(-slots);
    const values = shown.map(({ oee }) => oee);
    const places = shown.map((_, index) => slots - shown.length + index);
    const ceiling = Math.max(1, target ?? 0, ...values.map((value) => value ?? 0));
    const bars = uPlot.paths.bars?.({ size: [0.7, 28, 2], align: 0 });
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: heightPx,
        padding: [0, 0, 0, 0],
        cursor: { show: false },
        legend: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: { x: { time: false, range: [-0.5, slots - 0.5] }, y: { range: [0, ceiling] } },
        series: [
          {},
          {
            fill: palette.bar,
            stroke: palette.bar,
            width: 0,
            points: { show: false },
            ...(bars === undefined ? {} : { paths: bars }),
          },
        ],
        hooks: { draw: [(drawn) => drawTarget(drawn, target, palette.text)] },
      },
      [places, values],
      element,
    );
    const follow = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: heightPx }));
    follow.observe(element);
    return () => {
      follow.disconnect();
      chart.destroy();
    };
  }, [hours, slots, target, palette]);
  return <div ref={room} className="hour-bars" />;
}

function drawTarget(chart: uPlot, target: number | null, colour: string): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = Math.max(1, Math.floor(devicePixelRatio));
  ctx.globalAlpha = 0.35;
  const line = (y: number): void => {
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  };
  line(bbox.top + bbox.height - ctx.lineWidth / 2);
  if (target !== null) {
    ctx.globalAlpha = 0.8;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    line(chart.valToPos(target, 'y', true));
  }
  ctx.restore();
}
