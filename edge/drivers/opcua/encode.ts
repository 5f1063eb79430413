import type { Value } from '@gongfu/shared/model/value-type';
import { OneReading } from '@gongfu/shared/sdk/one-reading';
import { floatLoss, isHeldAs, rawOf } from '@gongfu/shared/sdk/written-value';
import { DataValue, StatusCodes, Variant, VariantArrayType } from 'node-opcua-client';
import { builtIn, typeNames } from './built-in-types.ts';
import { writeDataValue } from './decode.ts';
import type { SubscribedTag } from './plan.ts';

type Written = NonNullable<Value>;

/** What is sent for a value, and the value as it is then read. */
export interface EncodedValue {
  readonly value: DataValue;
  readonly held: Written;
}

const integers: Readonly<Record<number, readonly [least: number, most: number]>> = {
  [builtIn.sbyte]: [-0x80, 0x7f],
  [builtIn.byte]: [0, 0xff],
  [builtIn.int16]: [-0x8000, 0x7fff],
  [builtIn.uint16]: [0, 0xffff],
  [builtIn.int32]: [-0x80000000, 0x7fffffff],
  [builtIn.uint32]: [0, 0xffffffff],
};

/** The way back of `writeDataValue`, in the type the server has for the node. The value, or one sentence why there is none. */
export function encodeValue(tag: SubscribedTag, value: Written, dataType: number): EncodedValue | string {
  const name = typeNames[dataType] ?? `type ${dataType}`;
  const misfit = `${shown(value)} is no value of a ${tag.type} that the server holds as ${name}`;
  const held = heldFor(tag, value, dataType);
  if (held === undefined) return misfit;
  const data = new DataValue({
    value: new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: held }),
    statusCode: StatusCodes.Good,
  });
  const one = new OneReading();
  writeDataValue(one, tag, data, 0);
  const { value: read } = one.reading;
  if (read === null) return misfit;
  const loss = dataType === builtIn.float ? floatLoss.float32 : dataType === builtIn.double ? floatLoss.float64 : 0;
  const same =
    typeof value === 'number' && typeof read === 'number' ? isHeldAs(value, read, tag, loss) : value === read;
  if (!same) return typeof read === 'number' ? `${misfit}; the nearest it can be is ${read}` : misfit;
  return { value: withoutStatus(data), held: read };
}

/** Many servers refuse a write that brings a status or times with it. */
function withoutStatus({ value }: DataValue): DataValue {
  return new DataValue({ value });
}

/** As the client wants it for the type; undefined where the type has none for the value. */
function heldFor(tag: SubscribedTag, value: Written, dataType: number): unknown {
  switch (typeof value) {
    case 'boolean':
      return dataType === builtIn.boolean ? value : undefined;
    case 'string':
      if (dataType === builtIn.localizedText) return { text: value };
      return dataType === builtIn.string ? value : undefined;
    case 'bigint':
      return wideFor(value, dataType);
    default:
      return numberFor(rawOf(value, tag), dataType);
  }
}

function numberFor(raw: number, dataType: number): unknown {
  if (dataType === builtIn.double) return raw;
  if (dataType === builtIn.float) return Number.isFinite(Math.fround(raw)) ? Math.fround(raw) : undefined;
  // -0 is 0 in every integer.
  const whole = Math.round(raw) + 0;
  if (dataType === builtIn.int64 || dataType === builtIn.uint64) {
    return Number.isSafeInteger(whole) ? wideFor(BigInt(whole), dataType) : undefined;
  }
  return within(whole, dataType) ? whole : undefined;
}

function wideFor(value: bigint, dataType: number): unknown {
  const signed = dataType === builtIn.int64;
  if (!signed && dataType !== builtIn.uint64) return within(value, dataType) ? Number(value) : undefined;
  if (value !== (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value))) return undefined;
  const bits = BigInt.asUintN(64, value);
  return [Number(bits >> 32n), Number(bits & 0xffffffffn)];
}

function within(value: number | bigint, dataType: number): boolean {
  const range = integers[dataType];
  return range !== undefined && value >= range[0] && value <= range[1];
}

function shown(value: Written): string {
  return typeof value === 'string' ? `a text of ${value.length} characters` : String(value);
}
