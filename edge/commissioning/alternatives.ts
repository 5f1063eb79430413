import type { RegisterImage } from '../drivers/modbus/register-image.ts';
import { sameHypothesis } from './evidence.ts';
import type { Finding, Inference } from './inference.ts';
import type { Hypothesis, Layout } from './layouts.ts';
import type { PanelReading } from './panel.ts';

/** Another reading of the same place, and the reading of the panel that rules it out. */
export interface Rejected {
  readonly hypothesis: Hypothesis;
  readonly reading: PanelReading;
  /** What it would have shown. */
  readonly value: number;
}

const shownMax = 6;

/** What an installer would have tried beside the proposal: other orders, the other sign, one register off, ten times the scale. */
export function rejectedAlternatives(
  finding: Finding,
  inference: Inference,
  images: readonly RegisterImage[],
): Rejected[] {
  const { best, equals, rivals, tag } = finding;
  if (best === undefined) return [];
  const open = [best, ...equals, ...rivals];
  const tried = [
    ...inference.layouts.flatMap((layout, place): Hypothesis[] =>
      isBeside(layout, best.layout) ? [{ layout, place, scale: best.scale }] : [],
    ),
    { ...best, scale: best.scale * 10 },
    { ...best, scale: best.scale / 10 },
  ].filter((one) => !open.some((other) => sameHypothesis(one, other)));
  return tried
    .sort((a, b) => distance(a.layout, best.layout) - distance(b.layout, best.layout))
    .flatMap((hypothesis) => ruledOut(hypothesis, tag.readings, inference, images))
    .slice(0, shownMax);
}

function isBeside(layout: Layout, best: Layout): boolean {
  if (layout.area !== best.area || Math.abs(layout.start - best.start) > 1) return false;
  if (best.type === 'bool')
    return layout.type === 'bool' && (layout.bit === best.bit) !== (layout.start === best.start);
  const sameKind = layout.type === best.type || layout.type === twinOf(best.type);
  return layout.start === best.start
    ? layout.count === best.count && layout.byte === best.byte
    : sameKind && layout.order === best.order;
}

function twinOf(type: string): string {
  return type.startsWith('u') ? type.slice(1) : `u${type}`;
}

/** Small for what is most easily mistaken for the proposal. */
function distance(layout: Layout, best: Layout): number {
  return (
    (layout.type === best.type ? 0 : layout.type === twinOf(best.type) ? 1 : 4) +
    (layout.order === best.order ? 0 : 2) +
    Math.abs(layout.start - best.start) * 2
  );
}

function ruledOut(
  hypothesis: Hypothesis,
  readings: readonly PanelReading[],
  inference: Inference,
  images: readonly RegisterImage[],
): Rejected[] {
  for (const reading of readings) {
    const value = inference.valueDuring(hypothesis, reading, images);
    if (!shows(reading, value)) return [{ hypothesis, reading, value }];
  }
  return [];
}

function shows({ shown }: PanelReading, value: number): boolean {
  if (shown.kind === 'state') return (value !== 0) === shown.on;
  return Math.abs(value - shown.value) <= shown.resolution;
}
