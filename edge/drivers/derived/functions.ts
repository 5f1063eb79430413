import { absolute, add, divide, finite, multiply, type Numeric, power, toNumber, toWhole } from './arithmetic.ts';
import type { Operand } from './input.ts';
import { impossible } from './no-value.ts';

/** A function of numbers. */
export interface NumberFunction {
  readonly least: number;
  readonly most: number;
  readonly gives: 'number' | 'boolean';
  /** One for each place it is called at: some remember. */
  make(): (operands: readonly Numeric[]) => Operand;
}

const many = 100;
const digitsMax = 15;

/** Every function there is, but those that read a tag: previous, rate, good, tag. */
export const numberFunctions: ReadonlyMap<string, NumberFunction> = new Map([
  ['min', numbers(1, many, (all) => all.reduce(lesser))],
  ['max', numbers(1, many, (all) => all.reduce(greater))],
  ['sum', numbers(1, many, (all) => all.reduce(add))],
  ['avg', numbers(1, many, (all) => divide(all.reduce(add), all.length))],
  ['abs', numbers(1, 1, ([x]) => absolute(x!))],
  ['round', numbers(1, 2, ([x, digits = 0]) => rounded(x!, digits))],
  ['floor', numbers(1, 1, ([x]) => (typeof x === 'bigint' ? x : Math.floor(x!)))],
  ['ceil', numbers(1, 1, ([x]) => (typeof x === 'bigint' ? x : Math.ceil(x!)))],
  ['sqrt', numbers(1, 1, ([x]) => finite(Math.sqrt(toNumber(x!))))],
  ['clamp', numbers(3, 3, ([x, low, high]) => lesser(greater(x!, low!), high!))],
  ['float', numbers(1, 1, ([x]) => Number(x!))],
  ['bit', { least: 2, most: 2, gives: 'boolean', make: () => bit }],
  ['hysteresis', { least: 3, most: 3, gives: 'boolean', make: hysteresis }],
]);

function numbers(least: number, most: number, of: (operands: readonly Numeric[]) => Numeric): NumberFunction {
  return { least, most, gives: 'number', make: () => of };
}

/** Halves away from zero, as people round. */
function rounded(x: Numeric, digits: Numeric): Numeric {
  if (!(Number.isInteger(Number(digits)) && digits >= 0 && digits <= digitsMax))
    throw impossible(`round() knows 0 to ${digitsMax} digits, not ${digits}`);
  if (typeof x === 'bigint') return x;
  const shift = power(10, digits);
  const whole = Math.round(Math.abs(toNumber(multiply(x, shift))));
  return (Math.sign(x) * whole) / shift;
}

/** A bit of a whole number, 0 the lowest; negative numbers as two's complement. */
function bit([x, place]: readonly Numeric[]): boolean {
  if (!(place! >= 0 && place! <= 63)) throw impossible(`a bit is one of 0 to 63, not ${place}`);
  return ((toWhole(x!) >> toWhole(place!)) & 1n) === 1n;
}

/** True once `x` has reached `high`, false again once it is down at `low`; as it was in between, at first false. */
function hysteresis(): (operands: readonly Numeric[]) => boolean {
  let on = false;
  return ([x, low, high]) => {
    if (low! > high!) throw impossible('the lower limit of hysteresis() is above the upper one');
    if (x! >= high!) on = true;
    else if (x! <= low!) on = false;
    return on;
  };
}

function lesser(x: Numeric, y: Numeric): Numeric {
  return y < x ? y : x;
}

function greater(x: Numeric, y: Numeric): Numeric {
  return y > x ? y : x;
}
