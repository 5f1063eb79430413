import { z } from 'zod';
import type { ValueRange } from './collector/collector-types.ts';

/** Share of a range by which a value may be beyond its bounds: more than what arithmetic and 32-bit floats lose. */
const toleratedShare = 1e-6;

const rangeSchema = z
  .strictObject({
    min: z.number().optional(),
    max: z.number().optional(),
    outside: z.enum(['bad', 'clamp', 'keep']).default('bad'),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'needs min, max or both')
  .refine(
    ({ min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }) => min < max,
    'min must be less than max',
  );

/** Raw values that stand for `range.min` and `range.max`; the first may be the greater one. */
const rawRangeSchema = z.strictObject({
  min: z.number(),
  max: z.number(),
  /** Raw values beyond which the sensor or its wire has failed. */
  faultBelow: z.number().optional(),
  faultAbove: z.number().optional(),
});

/** Keys of a tag about the values it can have. */
export const rangeKeys = { range: rangeSchema.optional(), rawRange: rawRangeSchema.optional() };

interface RangeKeys {
  readonly range?: z.output<typeof rangeSchema> | undefined;
  readonly rawRange?: z.output<typeof rawRangeSchema> | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
}

/** value = raw × scale + offset */
export interface Line {
  readonly scale: number;
  readonly offset: number;
}

type Report = (key: string, what: string) => void;

/** The line of `scale` and `offset`, or the one through the ends of both ranges. */
export function lineOf(keys: RangeKeys, report: Report): Line {
  const { range, rawRange, scale = 1, offset = 0 } = keys;
  if (rawRange === undefined) return { scale, offset };
  if (keys.scale !== undefined || keys.offset !== undefined) {
    report('rawRange', 'rawRange already says what scale and offset would; leave these out');
  }
  if (range?.min === undefined || range.max === undefined) {
    report('rawRange', 'rawRange needs to know what its ends stand for: add min and max to range');
    return { scale, offset };
  }
  const slope = (range.max - range.min) / (rawRange.max - rawRange.min);
  const line = { scale: slope, offset: range.min - rawRange.min * slope };
  if (slope !== 0 && Number.isFinite(slope) && Number.isFinite(line.offset)) return line;
  report('rawRange', 'the ends of rawRange must differ, by a sensible part of those of range');
  return { scale, offset };
}

/** The range as values after scaling keep to it; `whole` where those are whole numbers as the source holds them. */
export function valueRangeOf(
  { range, rawRange }: RangeKeys,
  { scale, offset }: Line,
  whole: boolean,
  report: Report,
): ValueRange | undefined {
  if (range === undefined) return undefined;
  const { min, max, outside } = range;
  const bounds = [min, max].filter((bound) => bound !== undefined);
  if (whole && !bounds.every((bound) => Number.isSafeInteger(bound))) {
    report('range', 'the bounds of a whole number that is not scaled are whole numbers, below 2^53');
  }
  const width = min !== undefined && max !== undefined ? max - min : Math.abs(bounds[0]!);
  const tolerance = whole ? 0 : width * toleratedShare;
  if (rawRange === undefined) return { min, max, outside, tolerance };
  const { faultBelow, faultAbove } = rawRange;
  const [lower, upper] = [Math.min(rawRange.min, rawRange.max), Math.max(rawRange.min, rawRange.max)];
  if (faultBelow !== undefined && faultBelow > lower) report('rawRange', `faultBelow must not be above ${lower}`);
  if (faultAbove !== undefined && faultAbove < upper) report('rawRange', `faultAbove must not be below ${upper}`);
  const scaledTo = (raw: number | undefined) => (raw === undefined ? undefined : raw * scale + offset);
  const [low, high] = scale > 0 ? [faultBelow, faultAbove] : [faultAbove, faultBelow];
  return { min, max, outside, tolerance, faultBelow: scaledTo(low), faultAbove: scaledTo(high) };
}
