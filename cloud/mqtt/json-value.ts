import { StatusCode } from '@gongfu/shared/model/quality';
import type { ValueType } from '@gongfu/shared/model/value-type';
import type { Json } from './json-text.ts';
import type { Reading } from './reading.ts';

/** Type, status and value of one JSON value; a text says why it is none. Without `wanted` a number is a float64. */
export function jsonValue(json: Json, wanted?: ValueType): Pick<Reading, 'type' | 'status' | 'value'> | string {
  if (json === null) {
    if (wanted === undefined) return 'null has no type; give the field a type to keep it as bad';
    return { type: wanted, status: StatusCode.BadWaitingForInitialData, value: null };
  }
  if (typeof json === 'object') return `${Array.isArray(json) ? 'a list' : 'an object'} is not a single value`;
  const type = wanted ?? typeOf(json);
  const value = convert(json, type);
  if (value === undefined) return `${typeof json} ${String(json).slice(0, 40)} is not ${type}`;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { type, status: StatusCode.BadOutOfRange, value: null };
  }
  return { type, status: StatusCode.Good, value };
}

function typeOf(json: number | bigint | string | boolean): ValueType {
  switch (typeof json) {
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'bigint':
      return json > 2n ** 63n - 1n ? 'uint64' : 'int64';
    default:
      return 'float64';
  }
}

function convert(json: number | bigint | string | boolean, type: ValueType): Reading['value'] | undefined {
  if (type === 'bool') return typeof json === 'boolean' ? json : undefined;
  if (type === 'string') return typeof json === 'string' ? json : undefined;
  if (typeof json === 'boolean') return undefined;
  if (type === 'float32' || type === 'float64') return numberOf(json);
  const integer = integerOf(json);
  if (integer === undefined) return undefined;
  const bits = Number(type.replace(/\D/g, ''));
  const fits = type.startsWith('u') ? BigInt.asUintN(bits, integer) : BigInt.asIntN(bits, integer);
  if (fits !== integer) return undefined;
  return bits === 64 ? integer : Number(integer);
}

/** A 64-bit integer that a float64 cannot hold is none. */
function numberOf(json: number | bigint | string): number | undefined {
  if (typeof json === 'number') return json;
  if (typeof json === 'bigint') return BigInt(Number(json)) === json ? Number(json) : undefined;
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(json) ? Number(json) : undefined;
}

/** Programs that know JSON's limit send large integers as text. */
function integerOf(json: number | bigint | string): bigint | undefined {
  if (typeof json === 'bigint') return json;
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : undefined;
  return /^-?\d{1,20}$/.test(json) ? BigInt(json) : undefined;
}
