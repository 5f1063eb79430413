import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import type { Value, ValueType } from '@gongfu/shared/model/value-type';
import { nameOfDataType, valueTypeOf } from './data-type.ts';
import type { Metric } from './payload.ts';

export interface MetricValue {
  readonly type: ValueType;
  readonly value: Value;
  readonly status: number;
}

const integerBits: Partial<Record<ValueType, { readonly bits: number; readonly signed: boolean }>> = {
  int8: { bits: 8, signed: true },
  int16: { bits: 16, signed: true },
  int32: { bits: 32, signed: true },
  int64: { bits: 64, signed: true },
  uint8: { bits: 8, signed: false },
  uint16: { bits: 16, signed: false },
  uint32: { bits: 32, signed: false },
  uint64: { bits: 64, signed: false },
};

/** A metric without a value is bad, never zero. A text says why it is none of our values. */
export function metricValue(metric: Metric, datatype: number): MetricValue | string {
  const type = valueTypeOf(datatype);
  if (type === undefined) return `${nameOfDataType(datatype)} is not a single value`;
  if (metric.isNull) return { type, value: null, status: StatusCode.BadWaitingForInitialData };
  const value = carriedAs(type, metric.carried);
  if (value === undefined) return `${nameOfDataType(datatype)} does not hold ${wordsFor(metric.carried)}`;
  if (typeof value === 'number' && !Number.isFinite(value))
    return { type, value: null, status: StatusCode.BadOutOfRange };
  const status = statusOf(metric.quality);
  return { type, value: isBad(status) ? null : value, status };
}

/** `Bad` of OPC UA: no reason was given. */
const badWithoutReason = 0x80000000;

/** 192 is good, 500 the last value of one that is gone, 0 bad; any other word about the value is a doubt. */
function statusOf(quality: number | undefined): number {
  if (quality === undefined || quality === 192) return StatusCode.Good;
  return quality === 0 ? badWithoutReason : StatusCode.UncertainLastUsableValue;
}

function carriedAs(type: ValueType, carried: Metric['carried']): Value | undefined {
  const integer = integerBits[type];
  if (integer !== undefined) return integerOf(carried, integer);
  switch (type) {
    case 'bool':
      return typeof carried === 'boolean' ? carried : undefined;
    case 'string':
      return typeof carried === 'string' ? carried : undefined;
    default:
      return typeof carried === 'number' ? carried : undefined;
  }
}

/**
 * Negative numbers travel as their two's complement, by some publishers in the width of the type, by others in that of
 * the field; both are read. What fits neither is refused.
 */
function integerOf(carried: Metric['carried'], { bits, signed }: { bits: number; signed: boolean }): Value | undefined {
  if (typeof carried === 'number' && !Number.isInteger(carried)) return undefined;
  if (typeof carried !== 'number' && typeof carried !== 'bigint') return undefined;
  const field = BigInt(carried);
  const fieldBits = typeof carried === 'number' ? 32 : 64;
  const value = !signed
    ? field
    : field >> BigInt(bits) === 0n
      ? BigInt.asIntN(bits, field)
      : BigInt.asIntN(fieldBits, field);
  const fits = signed ? BigInt.asIntN(bits, value) === value : BigInt.asUintN(bits, value) === value;
  if (!fits) return undefined;
  return bits === 64 ? value : Number(value);
}

function wordsFor(carried: Metric['carried']): string {
  return carried === undefined
    ? 'what was sent (no value that is read)'
    : `the ${typeof carried} ${String(carried).slice(0, 40)}`;
}
