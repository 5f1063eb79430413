/** value = raw × scale + offset */
interface Line {
  readonly scale: number;
  readonly offset: number;
}

/** Share of its terms that scaling may lose in 64-bit floats; a value further away is another one. */
const scalingLoss = 2 ** -48;

/** Half of the last place of a float, as a share of its value. */
export const floatLoss = { float16: 2 ** -11, float32: 2 ** -24, float64: 2 ** -53 } as const;

/** What a source must hold to be read as `value`. */
export function rawOf(value: number, { scale, offset }: Line): number {
  return scale === 1 && offset === 0 ? value : (value - offset) / scale;
}

/**
 * Whether `held`, as read from the source, counts as the `value` that was asked for: equal, or off by no more than what
 * scaling, and as a share of the raw value `loss`, lose.
 */
export function isHeldAs(value: number, held: number, { scale, offset }: Line, loss: number): boolean {
  const scaled = scale === 1 && offset === 0 ? 0 : scalingLoss * (Math.abs(value) + 2 * Math.abs(offset));
  return Math.abs(value - held) <= scaled + loss * Math.abs(held - offset);
}
