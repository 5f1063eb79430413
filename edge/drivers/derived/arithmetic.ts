import { impossible } from './no-value.ts';

/** Numbers as they are carried: 64-bit integers as bigint, everything else as double. */
export type Numeric = number | bigint;

const inexact = 'a 64-bit integer is beyond what a number holds exactly; float() takes the nearest';

/**
 * Never NaN or infinite, never a 64-bit integer rounded: whole numbers are exact as long as one of both is a 64-bit integer,
 * and such an integer meets a fraction only while it is below 2^53. @throws NoValue
 */
export function add(x: Numeric, y: Numeric): Numeric {
  const both = wholes(x, y);
  return both === undefined ? finite(toNumber(x) + toNumber(y)) : both[0] + both[1];
}

export function subtract(x: Numeric, y: Numeric): Numeric {
  const both = wholes(x, y);
  return both === undefined ? finite(toNumber(x) - toNumber(y)) : both[0] - both[1];
}

export function multiply(x: Numeric, y: Numeric): Numeric {
  const both = wholes(x, y);
  return both === undefined ? finite(toNumber(x) * toNumber(y)) : both[0] * both[1];
}

/** Whole where 64-bit integers divide without a rest. */
export function divide(x: Numeric, y: Numeric): Numeric {
  if (isZero(y)) throw impossible('division by zero');
  const both = wholes(x, y);
  if (both !== undefined && both[0] % both[1] === 0n) return both[0] / both[1];
  return finite(toNumber(x) / toNumber(y));
}

/** The rest has the sign of `x`. */
export function remainder(x: Numeric, y: Numeric): Numeric {
  if (isZero(y)) throw impossible('division by zero');
  const both = wholes(x, y);
  return both === undefined ? finite(toNumber(x) % toNumber(y)) : both[0] % both[1];
}

export function power(x: Numeric, y: Numeric): number {
  return finite(toNumber(x) ** toNumber(y));
}

export function negate(x: Numeric): Numeric {
  return -x;
}

export function absolute(x: Numeric): Numeric {
  return x < 0 ? -x : x;
}

/** As a double. @throws NoValue when it is none exactly */
export function toNumber(x: Numeric): number {
  if (typeof x === 'number') return x;
  const number = Number(x);
  if (Number.isSafeInteger(number)) return number;
  throw impossible(inexact);
}

/** As an integer. @throws NoValue when it is none exactly */
export function toWhole(x: Numeric): bigint {
  if (typeof x === 'bigint') return x;
  if (Number.isSafeInteger(x)) return BigInt(x);
  throw impossible(`${x} is no whole number below 2^53`);
}

export function finite(x: number): number {
  if (Number.isFinite(x)) return x;
  throw impossible(Number.isNaN(x) ? 'no such number' : 'too great a number');
}

function isZero(x: Numeric): boolean {
  return typeof x === 'number' ? x === 0 : x === 0n;
}

/** Both as integers where one is a 64-bit integer and the other is whole; two plain numbers stay what they are. */
function wholes(x: Numeric, y: Numeric): readonly [bigint, bigint] | undefined {
  if (typeof x === 'number') {
    return typeof y === 'bigint' && Number.isSafeInteger(x) ? [BigInt(x), y] : undefined;
  }
  if (typeof y === 'bigint') return [x, y];
  return Number.isSafeInteger(y) ? [x, BigInt(y)] : undefined;
}
