import { LimitFlags, StatusCode } from '@gongfu/shared/model/quality';
import type { ValueRange } from './collector-types.ts';

/** The ranges of all tags, over their dense index. A tag without one costs two comparisons. */
export class ValueRanges {
  readonly #lows: Float64Array;
  readonly #highs: Float64Array;
  readonly #ranges: readonly (ValueRange | undefined)[];

  constructor(ranges: readonly (ValueRange | undefined)[]) {
    this.#ranges = ranges;
    this.#lows = Float64Array.from(ranges, (range) => (range?.min ?? Number.NEGATIVE_INFINITY) - tolerated(range));
    this.#highs = Float64Array.from(ranges, (range) => (range?.max ?? Number.POSITIVE_INFINITY) + tolerated(range));
  }

  isOutside(index: number, value: number | bigint): boolean {
    return value < this.#lows[index]! || value > this.#highs[index]!;
  }

  /** Status of a value that is outside; it says at which side. */
  statusOf(index: number, value: number | bigint): number {
    const { faultBelow, faultAbove, outside } = this.#ranges[index]!;
    const side = value < this.#lows[index]! ? LimitFlags.low : LimitFlags.high;
    const failed = (faultBelow !== undefined && value < faultBelow) || (faultAbove !== undefined && value > faultAbove);
    if (failed) return (StatusCode.BadSensorFailure | side) >>> 0;
    const code = outside === 'bad' ? StatusCode.BadOutOfRange : StatusCode.UncertainEngineeringUnitsExceeded;
    return (code | side) >>> 0;
  }

  /** What stands for a value that is outside and not bad. */
  valueFor<V extends number | bigint>(index: number, value: V): V | number {
    const { outside, min, max } = this.#ranges[index]!;
    if (outside === 'keep') return value;
    return value < this.#lows[index]! ? min! : max!;
  }
}

function tolerated(range: ValueRange | undefined): number {
  return range?.tolerance ?? 0;
}
