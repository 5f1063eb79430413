import type { RegisterImage } from '../drivers/modbus/register-image.ts';
import { goingRoundBits, oddityBits } from './behaviour.ts';
import type { Hypothesis, Layout, RawValues } from './layouts.ts';
import type { PanelReading, PanelTag } from './panel.ts';
import {
  absentPrior,
  beyondPrior,
  beyondShare,
  cutPrior,
  flickerPrior,
  floatScales,
  hintShare,
  integerScales,
  type Scale,
  slipPrior,
  stateScales,
  typeWeight,
} from './priors.ts';

export interface ScoredHypothesis extends Hypothesis {
  /** Bits for it against "the panel shows none of what was tried"; see `score`. */
  readonly bits: number;
  /** Whether it agrees with each reading. */
  readonly fits: readonly boolean[];
}

export interface Scoring {
  /** The best first. */
  readonly hypotheses: readonly ScoredHypothesis[];
  /** Ways to read a value that could have been it: readable, and moving where the panel moved. */
  readonly live: number;
  /** Weight of each layout by its place, 0 for what could not have been it. */
  readonly weights: readonly number[];
  /** What each reading tells, in bits. */
  readonly readingBits: readonly number[];
  /** Worth of the last digit the display shows; 0 for a lamp. */
  readonly resolution: number;
  /** Images the hypotheses are compared over, in the order of time. */
  readonly images: readonly RegisterImage[];
}

/** A lamp that is as it was before tells little. */
const stillBits = 0.3;
/** A hypothesis this many bits behind the best has no say any more. */
const depthBits = 30;
const keptMax = 3_000;
/** What goes by steps was at few of the values it went over; half of the belief is that it does, where the display shows one of them. */
const stopsWeight = 2;
/** More time than this without an image may have hidden a change. */
const holeMs = 800;
/** Images beside those of the readings, to see how a value moves in between. */
const betweenMax = 24;
/** Only what could win, or be a rival, is looked at in every image. */
const contendingBits = 24;
/** Digits of an integer the display keeps to itself: one is common, each more costs this. */
const hiddenDigitBits = 2.2;

/**
 * The odds of each hypothesis h against "none of these", in bits (a Bayes factor with written priors):
 *
 *     bits(h) = log2 [ (1 − A) w(h) / (A W) ] + Σ over readings of gain
 *
 * A is the prior of absence, w(h) the weight of layout × order × scale (`priors.ts`), W the sum of the weights of all layouts that
 * could be it at all: readable, and moving if the panel moved. A reading that h explains gains `log2 (N / n)`: it had cost log2 N
 * to foretell (see `readingBitsOf`), n of the values the display can show lie between the least and the greatest value h took while
 * the display may have been looked at, or twice as many as it stopped at, if it shows one of those. One it does not explain costs
 * `log2 slipPrior`. Bits go for digits the display keeps to itself, and for what the registers themselves say against it (`behaviour.ts`).
 */
export function score(tag: PanelTag, raw: RawValues, images: readonly RegisterImage[]): Scoring {
  const { readings } = tag;
  const seen = readings.map((reading) => imagesOf(reading, images));
  const readingBits = readings.map((_, i) => readingBitsOf(readings, i));
  const extents = seen.map((some) => extentOf(raw, some));
  const weights = raw.layouts.map((layout, place) =>
    couldBe(tag, layout, extents, place) ? weightOf(tag, layout) : 0,
  );
  const total = sumOf(weights);
  const live = weights.filter((weight) => weight > 0).length;
  const missesMax = Math.floor(readings.length / 3);
  const kept: ScoredHypothesis[] = [];
  for (const [place, layout] of raw.layouts.entries()) {
    const weight = weights[place]!;
    if (weight === 0) continue;
    const base = Math.log2(((1 - absentPrior) * weight) / (absentPrior * total));
    for (const { factor, weight: share } of scalesOf(tag, layout)) {
      const fits = fitsOf(readings, extents, place, factor, missesMax);
      if (fits === undefined) continue;
      const gains = readings.map(({ shown }, i) => {
        const [low, high] = extents[i]!;
        if (!fits[i]) return Math.log2(slipPrior);
        const visited = () => seen[i]!.map((image) => raw.of(image)[place]! * factor);
        return gainOf(shown, low[place]! * factor, high[place]! * factor, readingBits[i]!, visited);
      });
      const bits = base + Math.log2(share) + sumOf(gains) - hiddenBits(tag, layout, factor);
      kept.push({ layout, place, scale: factor, bits, fits });
    }
  }
  const best = kept.reduce((most, { bits }) => Math.max(most, bits), Number.NEGATIVE_INFINITY);
  const near = kept.filter(({ bits }) => bits > best - depthBits).sort((a, b) => b.bits - a.bits);
  const compared = comparedImages(seen, images);
  const hypotheses = near
    .slice(0, keptMax)
    .map((one) => {
      const bits = one.bits - oddityBits(tag, raw, compared, one);
      return { ...one, bits: bits > best - contendingBits ? bits - goingRoundBits(one, images) : bits };
    })
    .sort((a, b) => b.bits - a.bits);
  const [{ shown }] = readings as [PanelReading];
  const resolution = shown.kind === 'number' ? shown.resolution : 0;
  return { hypotheses, live, weights, readingBits, resolution, images: compared };
}

/** Images from which the display may have been shown; where none was taken near an end of that time, the one beyond it too. */
export function imagesOf({ fromMs, toMs }: PanelReading, images: readonly RegisterImage[]): readonly RegisterImage[] {
  const within = images.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const early = within[0] !== undefined && within[0].atMs < fromMs + holeMs;
  const late = within.at(-1) !== undefined && within.at(-1)!.atMs > toMs - holeMs;
  const before = early ? undefined : images.findLast(({ atMs }) => atMs < fromMs);
  const after = late ? undefined : images.find(({ atMs }) => atMs > toMs);
  return [...(before === undefined ? [] : [before]), ...within, ...(after === undefined ? [] : [after])];
}

/**
 * What the display would cost to foretell without any register, in bits: a code for what was shown. The first value by its digits.
 * A later one by how far it moved from one of the earlier: log2 of the steps up and down, of which earlier one, and of
 * Z = 1 + ln(1 + 2D), which makes 1 / (1 + 2d) a probability over moves of d ≤ D steps. One that has not moved costs nothing.
 */
function readingBitsOf(readings: readonly PanelReading[], at: number): number {
  const { shown } = readings[at]!;
  if (shown.kind === 'state') return at > 0 && sameShown(shown, readings[at - 1]!.shown) ? stillBits : 1;
  const { value, resolution } = shown;
  const span = (distance: number) => 1 + (2 * Math.abs(distance)) / resolution;
  const earlier = readings
    .slice(0, at)
    .flatMap((reading) => (reading.shown.kind === 'number' ? [reading.shown.value] : []));
  if (earlier.length > 0) {
    const nearest = Math.min(...earlier.map((other) => Math.abs(value - other)));
    if (nearest < resolution / 2) return 0;
    const reach = Math.max(...earlier.map(Math.abs), Math.abs(value));
    return Math.log2(span(nearest) * earlier.length * (1 + Math.log(span(reach))));
  }
  // A round number is likelier than its digits say.
  let [digits, zeros] = [Math.round(Math.abs(value) / resolution), 0];
  while (digits > 0 && digits % 10 === 0) [digits, zeros] = [digits / 10, zeros + 1];
  return Math.min(Math.log2(span(value)), Math.log2(1 + 2 * digits) + 2 + 1.6 * zeros);
}

type Extent = readonly [low: Float64Array, high: Float64Array];

function extentOf(raw: RawValues, images: readonly RegisterImage[]): Extent {
  const low = new Float64Array(raw.layouts.length).fill(Number.NaN);
  const high = low.slice();
  for (const image of images) {
    const values = raw.of(image);
    for (let place = 0; place < values.length; place += 1) {
      const value = values[place]!;
      if (Number.isNaN(value)) continue;
      if (!(low[place]! <= value)) low[place] = value;
      if (!(high[place]! >= value)) high[place] = value;
    }
  }
  return [low, high];
}

/** Readable at each reading, of a kind the panel can show, and not still while the panel moves. */
function couldBe({ readings }: PanelTag, { type }: Layout, extents: readonly Extent[], place: number): boolean {
  if (extents.some(([low]) => Number.isNaN(low[place]!))) return false;
  if ((type === 'bool') !== isFlag(readings)) return false;
  const moved = readings.some(({ shown }) => !sameShown(shown, readings[0]!.shown));
  if (!moved) return true;
  const least = Math.min(...extents.map(([low]) => low[place]!));
  return extents.some(([, high]) => high[place]! > least);
}

function sameShown(a: PanelReading['shown'], b: PanelReading['shown']): boolean {
  if (a.kind === 'state') return b.kind === 'state' && a.on === b.on;
  return b.kind === 'number' && a.value === b.value;
}

function isFlag(readings: readonly PanelReading[]): boolean {
  return readings.every(({ shown }) => shown.kind === 'state');
}

function weightOf({ unit, hint, readings }: PanelTag, { area, start, type, orderWeight }: Layout): number {
  const form = (isFlag(readings) ? 1 : typeWeight(type, unit)) * orderWeight;
  if (hint === undefined) return form;
  if (area === hint.area && start === hint.register) return form * hintShare.exact;
  const beside = area === hint.area ? Math.abs(start - hint.register) === 1 : start === hint.register;
  return form * (beside ? hintShare.beside : (1 - hintShare.exact - hintShare.beside) / 200);
}

function scalesOf({ readings }: PanelTag, { type }: Layout): readonly Scale[] {
  if (isFlag(readings)) return stateScales;
  return type.startsWith('float') ? floatScales : integerScales;
}

function hiddenBits({ readings }: PanelTag, { type }: Layout, factor: number): number {
  const { shown } = readings[0]!;
  if (shown.kind === 'state' || type.startsWith('float')) return 0;
  return hiddenDigitBits * Math.max(0, Math.log10(shown.resolution / Math.abs(factor)) - 1);
}

/** Which readings a hypothesis explains; undefined as soon as there are more misses than allowed. */
function fitsOf(
  readings: readonly PanelReading[],
  extents: readonly Extent[],
  place: number,
  factor: number,
  missesMax: number,
): boolean[] | undefined {
  let misses = 0;
  const fits: boolean[] = [];
  for (const [i, { shown }] of readings.entries()) {
    const [low, high] = extents[i]!;
    const fit = canShow(shown, low[place]! * factor, high[place]! * factor);
    if (!fit) misses += 1;
    if (misses > missesMax) return undefined;
    fits.push(fit);
  }
  return fits;
}

/** Whether the display can have shown this while the value went between `a` and `b`, and a little beyond between two images. */
function canShow(shown: PanelReading['shown'], a: number, b: number): boolean {
  if (shown.kind === 'state') return a !== b || (a !== 0) === shown.on;
  const { value, resolution } = shown;
  const beyond = Math.abs(b - a) * beyondShare + resolution * (1 + 1e-6) + Math.abs(value) * 1e-12;
  if (!(value >= Math.min(a, b) - beyond && value <= Math.max(a, b) + beyond)) return false;
  return shareOf(value, resolution, a, b) > 0;
}

/** Bits a reading gains for a hypothesis that explains it, with the values it was `visited` at while the display may have been looked at. */
function gainOf(
  shown: PanelReading['shown'],
  a: number,
  b: number,
  bits: number,
  visited: () => readonly number[],
): number {
  if (shown.kind === 'state') return a === b ? bits : Math.log2(flickerPrior);
  const { value, resolution } = shown;
  const between = 1 + Math.abs(b - a) / resolution;
  const gain = bits + Math.log2(shareOf(value, resolution, a, b));
  if (between <= stopsWeight) return gain - Math.log2(between);
  const stops = visited();
  const isStop = stops.some((stop) => Math.abs(stop - value) <= resolution / 2);
  return gain - Math.log2(isStop ? Math.min(between, stopsWeight * new Set(stops).size) : between);
}

/** How likely the display is to show a value of this kind: rounded and between what was read, cut off toward zero, or a little beyond. */
function shareOf(value: number, resolution: number, a: number, b: number): number {
  const [low, high] = a <= b ? [a, b] : [b, a];
  const slack = resolution * 1e-6 + Math.abs(value) * 1e-12;
  const half = resolution / 2 + slack;
  if (value >= low - half && value <= high + half) return (1 - cutPrior) * (1 - beyondPrior);
  const [from, to] = value < 0 ? [value - resolution, value] : [value, value + resolution];
  if (to >= low - slack && from <= high + slack) return cutPrior;
  const beyond = (high - low) * beyondShare + half;
  return value >= low - beyond && value <= high + beyond ? beyondPrior : 0;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Those of the readings and some in between; with time going on mostly the same ones, since each costs a pass of the decoders. */
function comparedImages(
  seen: readonly (readonly RegisterImage[])[],
  images: readonly RegisterImage[],
): RegisterImage[] {
  const step = 2 ** Math.max(0, Math.ceil(Math.log2(images.length / betweenMax)));
  const chosen = new Set([...seen.flat(), ...images.filter((_, place) => place % step === 0)]);
  return images.filter((image) => chosen.has(image));
}
