import type { HeldType } from '../drivers/modbus/value-layout.ts';

/**
 * What is believed before anything is read, as weights whose logarithms are the prices of `inference.ts`. They come from what
 * register lists of drives, meters and controllers usually say, not from a count; a wrong one costs a reading more, never a
 * wrong answer called certain, because the margin asked for there is larger than any ratio of two layouts people really use.
 */

/** Of a number shown on a panel. Those of signed and unsigned integers are shared out by `signedShare`. */
const widthWeights = {
  float32: 0.26,
  int16: 0.38,
  int32: 0.18,
  float64: 0.04,
  int64: 0.05,
  bcd16: 0.03,
  bcd32: 0.02,
  int8: 0.02,
  float16: 0.005,
} as const;

/** Orders of bytes of 32 bits and more, and of a single register. Orders of four letters go on in 64 bits as the driver does. */
export const longOrders = { ABCD: 0.46, CDAB: 0.38, BADC: 0.07, DCBA: 0.09 } as const;
export const widestOrders = {
  ABCD: 0.44,
  CDAB: 0.34,
  BADC: 0.04,
  DCBA: 0.06,
  EFGHABCD: 0.05,
  CDABGHEF: 0.03,
  DCBAHGFE: 0.02,
  FEHGBADC: 0.02,
} as const;
export const shortOrders = { ABCD: 0.93, BADC: 0.07 } as const;

/** Units of what can only be counted or used up, and of what is seldom below zero; the rest is measured to both sides. */
const neverNegative =
  /^(|\{?(pcs|pieces?|parts?|counts?|cycles?|shots?|strokes?)\}?|h|min|s|ms|[kMG]?W\.?h|[kMG]?varh|L|m3|m³|kg|t|个|件|次|小时)$/i;
const seldomNegative = /^(bar|mbar|[kMG]?Pa|psi|Hz|kHz|%|V|kV|(L|m3|m³|kg|t)\/(s|min|h))$/i;

/** Share of signed among integers of one width, by the unit of the value. */
function signedShare(unit: string): number {
  if (neverNegative.test(unit)) return 0.25;
  return seldomNegative.test(unit) ? 0.4 : 0.7;
}

export function typeWeight(type: HeldType, unit: string): number {
  const signed = signedShare(unit);
  switch (type) {
    case 'uint8':
      return widthWeights.int8 * (1 - signed);
    case 'uint16':
      return widthWeights.int16 * (1 - signed);
    case 'uint32':
      return widthWeights.int32 * (1 - signed);
    case 'uint64':
      return widthWeights.int64 * (1 - signed);
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
      return widthWeights[type] * signed;
    case 'string':
    case 'bool':
      return 0;
    default:
      return widthWeights[type];
  }
}

export interface Scale {
  /** What the raw value is multiplied by. */
  readonly factor: number;
  readonly weight: number;
}

const third = 1 / 3.6;
const plainIntegerScales: readonly (readonly [factor: number, weight: number])[] = [
  [1, 0.36],
  [0.1, 0.26],
  [0.01, 0.16],
  [0.001, 0.08],
  [0.0001, 0.01],
  [10, 0.025],
  [100, 0.01],
  [1000, 0.01],
  [0.5, 0.015],
  [0.25, 0.008],
  [0.125, 0.006],
  [0.0625, 0.006],
  [0.2, 0.006],
  [0.05, 0.006],
  [0.02, 0.005],
  [2, 0.004],
  [5, 0.004],
  [3.6, 0.002],
  [third, 0.002],
  [60, 0.002],
  [1 / 60, 0.002],
  [1 / 3600, 0.002],
];
const plainFloatScales: readonly (readonly [factor: number, weight: number])[] = [
  [1, 0.92],
  [0.001, 0.012],
  [1000, 0.012],
  [0.01, 0.008],
  [100, 0.012],
  [0.1, 0.004],
  [10, 0.004],
  [3.6, 0.005],
  [third, 0.005],
  [60, 0.004],
  [1 / 60, 0.004],
  [1 / 3600, 0.003],
];

/** The sign turned round, as where a drive counts the other way. */
const turnedShare = 0.01;

/** Weights add up to one. */
export const integerScales = withTurned(plainIntegerScales);
export const floatScales = withTurned(plainFloatScales);
export const stateScales: readonly Scale[] = [{ factor: 1, weight: 1 }];

function withTurned(plain: readonly (readonly [number, number])[]): readonly Scale[] {
  const total = plain.reduce((sum, [, weight]) => sum + weight, 0);
  const turned = plain.slice(0, 4);
  const turnedTotal = turned.reduce((sum, [, weight]) => sum + weight, 0);
  return [
    ...plain.map(([factor, weight]) => ({ factor, weight: (weight / total) * (1 - turnedShare) })),
    ...turned.map(([factor, weight]) => ({ factor: -factor, weight: (weight / turnedTotal) * turnedShare })),
  ];
}

/** That what the panel shows is not in the window at all, or in none of the forms tried. */
export const absentPrior = 0.1;
/** That a person misreads or mistypes one value. */
export const slipPrior = 1 / 200;
/** That a display cuts digits off where others round. */
export const cutPrior = 0.1;
/** That the display showed a value between two images which lies outside of both, by no more than this share of their distance. */
export const beyondPrior = 0.2;
export const beyondShare = 0.6;
/** That a lamp changes just while somebody looks at it. */
export const flickerPrior = 0.15;
/** Where the manual names an address: that it is right, or one beside it; the rest lies anywhere in the window. */
export const hintShare = { exact: 0.5, beside: 0.2 } as const;
/** That two different values share some register but not all: hardly ever. That two tags show the very same one: seldom. */
export const overlapPrior = 2 ** -12;
export const sameRegistersPrior = 2 ** -4;
