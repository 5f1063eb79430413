import { integerRanges } from '@gongfu/shared/model/value-type';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import { finite, type Numeric, toNumber, toWhole } from './arithmetic.ts';
import type { DerivedTag } from './config.ts';
import type { Operand } from './input.ts';
import { impossible } from './no-value.ts';

/** A value as the tag's type holds it. @throws NoValue when the type cannot */
export function resultOf({ kind, type }: DerivedTag, value: Operand): Operand {
  switch (kind) {
    case 'boolean':
    case 'text':
      return value;
    case 'integer64':
    case 'unsigned64': {
      const whole = toWhole(value as Numeric);
      const held = kind === 'integer64' ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole);
      if (held === whole) return whole;
      throw impossible(`${whole} is no ${type}`);
    }
    case 'number': {
      const number = toNumber(value as Numeric);
      if (type === 'float32') return finite(Math.fround(number));
      const range = integerRanges[type];
      if (range === undefined || (Number.isInteger(number) && number >= range[0] && number <= range[1])) return number;
      throw impossible(`${number} is no ${type}`);
    }
  }
}

export function writeResult(writer: SampleWriter, tag: DerivedTag, time: number, status: number, value: Operand): void {
  if (typeof value === 'number') writer.number(tag.number, time, status, value);
  else if (typeof value === 'bigint') writer.wide(tag.number, time, status, value);
  else if (typeof value === 'boolean') writer.boolean(tag.number, time, status, value);
  else writer.text(tag.number, time, status, value);
}
