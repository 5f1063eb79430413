import type { RegisterImage } from '../drivers/modbus/register-image.ts';
import { byteIndexes, type HeldType } from '../drivers/modbus/value-layout.ts';
import type { Hypothesis, Layout, RawValues } from './layouts.ts';
import type { PanelTag } from './panel.ts';

/** What it costs when all images show a value far from all the panel has shown; fewer cost their share of it. */
const strayBits = 6;
/** Beside it, for a single one that is out of this world, as 65,416 rpm of a drive that turns backward. */
const wildBits = 12;
const wildTimes = 12;
/** What it costs that a lower word of a floating-point number does not move as one does: it is another value's. */
const foreignPartBits = 14;
/** At most that, where it moves in a narrow place only: a number may go on by whole steps and tremble a little. */
const narrowPartBits = 9;
/** That it stands still just where the word above has its last bit in use; at zero, where the number may well end, less. */
const stillPartBits = 11;
const emptyPartBits = 7;
/** Whole numbers, halves, quarters and eighths may well end there. */
const coarseStep = 1 / 8;
/** Different upper words that must have been seen for it. */
const differentMin = 6;
/** Bits that may stand still by chance above others that move. */
const holesMax = 3;
/** What it costs to go round: signed past its end, unsigned below zero. It is wider, or signed, than it is taken for. */
const roundBits = 10;
/** From one image to the next: more than this share of the range in one direction, less than that in the other. */
const longWay = 0.75;
const shortWay = 1 / 16;
/** Images farther apart are no neighbours. */
const neighbourMs = 2_500;

const fractionBits: Partial<Record<HeldType, number>> = { float32: 23, float64: 52 };
const wholeBits: Partial<Record<HeldType, number>> = { int8: 8, uint8: 8, int16: 16, uint16: 16 };

/**
 * What the registers themselves say against a hypothesis, in bits: values far from all the panel has shown in `compared`, words that
 * do not belong together, and, in all `images`, a value that goes round.
 */
export function oddityBits(
  tag: PanelTag,
  raw: RawValues,
  compared: readonly RegisterImage[],
  hypothesis: Hypothesis,
): number {
  const [stray, wild] = straysOf(tag, raw, compared, hypothesis);
  return strayBits * stray + (wild ? wildBits : 0) + partBits(tag, raw, compared, hypothesis);
}

/** Share of the images that show a value far outside of all the panel has shown, and whether one lies outside by far more. */
function straysOf(
  { readings }: PanelTag,
  raw: RawValues,
  images: readonly RegisterImage[],
  { place, scale }: Hypothesis,
): [share: number, wild: boolean] {
  const numbers = readings.flatMap(({ shown }) => (shown.kind === 'number' ? [shown] : []));
  if (numbers.length === 0) return [0, false];
  const values = numbers.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(most - least, Math.abs(least), Math.abs(most), 10 * numbers[0]!.resolution) * 2;
  const distances = images.map((image) => {
    const value = raw.of(image)[place]! * scale;
    // Also for what is no number.
    return value >= least - room && value <= most + room ? 0 : Math.abs(value - least);
  });
  const stray = distances.filter((distance) => distance !== 0);
  return [stray.length / Math.max(1, images.length), stray.some((distance) => distance > room * wildTimes)];
}

/**
 * While the upper words of a floating-point number move, the bits below move too, each down to the last one in use; only behind that
 * all may stand still, as those of a whole number, or of one that goes on by whole steps.
 */
function partBits(
  tag: PanelTag,
  raw: RawValues,
  images: readonly RegisterImage[],
  { layout, place, scale }: Hypothesis,
): number {
  const fraction = fractionBits[layout.type];
  if (fraction === undefined) return 0;
  const rows = alikeInSize(layout, fraction, images, (image) => raw.of(image)[place]!);
  const greatest = Math.max(...[...rows.keys()].map(Math.abs));
  const words = Array.from({ length: layout.count }, (_, at) => [...rows.values()].map((row) => row[at]!));
  const prices = words.slice(1).map((lower, i) => {
    const uppers = new Set([...rows.values()].map((row) => row.slice(0, i + 1).join()));
    if (uppers.size < differentMin) return 0;
    const moving = movingBits(lower);
    if (moving !== 0) return foreignBits(lower, moving, uppers.size);
    if (movingBits(words[i]!) % 2 === 0) return 0;
    if (lower[0] !== 0) return stillPartBits;
    const step = 2 ** (Math.floor(Math.log2(greatest)) - fraction + 16 * (layout.count - 1 - i)) * Math.abs(scale);
    return step >= coarseStep && goesBy(step, tag) ? 0 : emptyPartBits;
  });
  return Math.max(0, ...prices);
}

/** The words of each different value, of those between two powers of two where most are: another exponent shifts all that follows. */
function alikeInSize(
  layout: Layout,
  fraction: number,
  images: readonly RegisterImage[],
  readFrom: (image: RegisterImage) => number,
): ReadonlyMap<number, readonly number[]> {
  const bySize = new Map<number, Map<number, readonly number[]>>();
  for (const image of images) {
    const value = readFrom(image);
    if (Number.isNaN(value)) continue;
    const words = wordsOf(layout, image);
    const size = words[0]! >> (fraction % 16);
    const rows = bySize.get(size) ?? new Map<number, readonly number[]>();
    bySize.set(size, rows.set(value, words));
  }
  return [...bySize.values()].reduce((most, rows) => (rows.size > most.size ? rows : most), new Map());
}

function movingBits(words: readonly number[]): number {
  return words.reduce((all, word) => all | word, 0) & ~words.reduce((all, word) => all & word, 65_535);
}

/**
 * Of a word that belongs there, every bit down to its last one in use moves, and its values lie all over: that n of them fall into a
 * share f of it has the probability n f^(n − 1).
 */
function foreignBits(words: readonly number[], moving: number, draws: number): number {
  const last = trailingZeros(moving);
  if (16 - last - onesIn(moving) > holesMax) return foreignPartBits;
  const share = (Math.max(...words) - Math.min(...words) + 2 ** last) / 65_536;
  return Math.min(narrowPartBits, Math.max(0, (1 - draws) * Math.log2(share) - Math.log2(draws)));
}

/** Whether the panel shows multiples of the step only. */
function goesBy(step: number, { readings }: PanelTag): boolean {
  return readings.every(({ shown }) => {
    if (shown.kind === 'state') return true;
    return Math.abs(shown.value - Math.round(shown.value / step) * step) <= shown.resolution;
  });
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function onesIn(word: number): number {
  return word.toString(2).replaceAll('0', '').length;
}

/** The words of a value, the most significant first; 0 where an image has none. */
function wordsOf(layout: Layout, image: RegisterImage): number[] {
  const window = image.windows.find(
    ({ area, start, words }) =>
      area === layout.area && start <= layout.start && layout.start + layout.count <= start + words.length,
  );
  const byteAt = (index: number) => {
    const word = window?.words[layout.start - window.start + (index >> 1)] ?? 0;
    return index % 2 === 0 ? word >> 8 : word & 255;
  };
  const bytes = Array.from(byteIndexes({ type: layout.type as 'float32' }, layout.order), byteAt);
  return Array.from({ length: layout.count }, (_, at) => bytes[2 * at]! * 256 + bytes[2 * at + 1]!);
}

/** What it costs that an integer of one register goes round from one image to the next. */
export function goingRoundBits({ layout }: Hypothesis, images: readonly RegisterImage[]): number {
  const width = wholeBits[layout.type];
  if (width === undefined) return 0;
  const range = 2 ** width;
  const isSigned = !layout.type.startsWith('u');
  const bytes = byteIndexes(
    { type: layout.type as 'int16', ...(layout.byte === undefined ? {} : { byte: layout.byte }) },
    layout.order,
  );
  let before: { readonly atMs: number; readonly value: number } | undefined;
  for (const image of images) {
    const word = wordAt(image, layout);
    if (word === undefined) continue;
    const held = [...bytes].reduce((sum, index) => sum * 256 + (index % 2 === 0 ? word >> 8 : word & 255), 0);
    const value = isSigned && held >= range / 2 ? held - range : held;
    if (before !== undefined && image.atMs - before.atMs < neighbourMs) {
      const step = value - before.value;
      const far = isSigned ? Math.abs(step) : step;
      if (far > longWay * range && range - far < shortWay * range) return roundBits;
    }
    before = { atMs: image.atMs, value };
  }
  return 0;
}

function wordAt(image: RegisterImage, { area, start }: Layout): number | undefined {
  for (const window of image.windows) {
    const word = window.area === area ? window.words[start - window.start] : undefined;
    if (word !== undefined && word !== null) return word;
  }
  return undefined;
}
