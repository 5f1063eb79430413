import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import { integerRanges, type ValueType } from '@gongfu/shared/model/value-type';
import type { DriverTag, SampleWriter } from '@gongfu/shared/sdk/driver';
import { builtIn, typeNames } from './built-in-types.ts';
import type { Reported, ReportedValues } from './reported-values.ts';
import { elementOf, fieldOf, type Held } from './structure.ts';

type Scalar = boolean | number | bigint | string;

/** Low 16 bits of a status: the info type (DataValue) and the overflow mark in it. */
const dataValueInfo = 0x400;
const overflowMark = 0x80;
const limitBits = 0x300;

/** True when the server had to drop values of this item before this one. */
export function overflowed(status: number): boolean {
  return (status & dataValueInfo) !== 0 && (status & overflowMark) !== 0;
}

/** The status without the overflow mark, which speaks of lost neighbours and not of this value. */
export function withoutOverflow(status: number): number {
  if (!overflowed(status)) return status;
  const cleared = status & ~overflowMark;
  return ((cleared & limitBits) === 0 ? cleared & ~dataValueInfo : cleared) >>> 0;
}

type TagPart = DriverTag & { readonly element?: number | undefined; readonly field?: string | undefined };

/** Writes a row of `values` as `writeDataValue` does, without an object where the value is a number the tag can hold. */
export function writeReported(
  writer: SampleWriter,
  tag: TagPart,
  { values, row }: { readonly values: ReportedValues; readonly row: number },
  sourceTime: number,
): string | undefined {
  if (tag.kind === 'number' && tag.element === undefined && tag.field === undefined && values.isNumber(row)) {
    const status = withoutOverflow(values.statuses[row]!);
    if (!isBad(status) && writeNumber(writer, tag, status, sourceTime, values.number(row))) return undefined;
  }
  return writeDataValue(writer, tag, values.at(row), sourceTime);
}

/**
 * Writes one value as exactly one sample. A value that the declared type cannot hold without loss is written bad.
 * @returns what does not fit, for the person who declared the tag; undefined when all is well.
 */
export function writeDataValue(
  writer: SampleWriter,
  tag: TagPart,
  value: Reported,
  sourceTime: number,
): string | undefined {
  const status = withoutOverflow(value.statusCode.value >>> 0);
  if (isBad(status)) {
    writer.bad(tag.number, sourceTime, status);
    return undefined;
  }
  const whole = value.value;
  if (whole === undefined || whole === null || (whole.dataType as number) === 0) {
    writer.bad(tag.number, sourceTime, StatusCode.BadWaitingForInitialData);
    return undefined;
  }
  const { element, field } = tag;
  const part = element === undefined ? whole : elementOf(whole, element);
  const held = field === undefined ? part : part && fieldOf(part, field);
  const scalar = held && scalarOf(held);
  if (scalar !== undefined && writeScalar(writer, tag, status, sourceTime, scalar)) return undefined;
  writer.bad(tag.number, sourceTime, StatusCode.BadTypeMismatch);
  return `${tag.name} is declared ${tag.type}, the server sends ${describe({ whole, part, held, scalar }, tag)}`;
}

/** Why no value came of `whole`: its element `part`, the field `held` of that, the `scalar` in it are as far as they were found. */
function describe(
  {
    whole,
    part,
    held,
    scalar,
  }: { whole: Held; part: Held | undefined; held: Held | undefined; scalar: Scalar | undefined },
  { element, field }: { readonly element?: number | undefined; readonly field?: string | undefined },
): string {
  const { dataType, arrayType, value } = held ?? whole;
  const name = typeNames[dataType] ?? `type ${dataType}`;
  if (part === undefined) {
    if (arrayType === 0) return `one ${name} and no array`;
    return `${(value as ArrayLike<unknown> | null)?.length ?? 0} ${name}, none of them at ${element}`;
  }
  if (held === undefined) return `no field ${field}`;
  if (arrayType !== 0) return `an array of ${name}`;
  return typeof scalar === 'number' || typeof scalar === 'bigint' ? `${name} ${scalar}` : name;
}

/** The scalar in a variant; undefined for arrays, matrices, structures and what else is no single value. */
function scalarOf(variant: Held): Scalar | undefined {
  if (variant.arrayType !== 0) return undefined;
  const value: unknown = variant.value;
  switch (variant.dataType as number) {
    case builtIn.int64:
      return BigInt.asIntN(64, joinHalves(value as readonly [number, number]));
    case builtIn.uint64:
      return BigInt.asUintN(64, joinHalves(value as readonly [number, number]));
    case builtIn.boolean:
      return Boolean(value);
    case builtIn.string:
    case builtIn.guid:
    case builtIn.xml:
      return typeof value === 'string' ? value : '';
    default:
      return typeof value === 'number' ? value : textOf(variant.dataType as number, value);
  }
}

/** The client hands 64-bit integers over as [high, low], so that nothing is rounded. */
function joinHalves([high, low]: readonly [number, number]): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** What a person would write for a value that is not a number: ISO 8601, the text of a localized text, `ns=2;i=5`, base64. */
function textOf(dataType: number, value: unknown): string | undefined {
  if (value === null || value === undefined) return '';
  switch (dataType) {
    case builtIn.dateTime:
      return value instanceof Date && Number.isFinite(value.getTime()) ? value.toISOString() : undefined;
    case builtIn.localizedText:
      return (value as { text?: string | null }).text ?? '';
    case builtIn.byteString:
      return Buffer.from(value as Uint8Array).toString('base64');
    case builtIn.statusCode:
      return (value as { name: string }).name;
    case 17:
    case 18:
    case 20:
      return String(value);
    default:
      return undefined;
  }
}

function writeScalar(writer: SampleWriter, tag: DriverTag, status: number, time: number, scalar: Scalar): boolean {
  switch (tag.kind) {
    case 'boolean':
      if (typeof scalar !== 'boolean') return false;
      writer.boolean(tag.number, time, status, scalar);
      return true;
    case 'text':
      if (typeof scalar !== 'string') return false;
      writer.text(tag.number, time, status, scalar);
      return true;
    case 'integer64':
    case 'unsigned64':
      return writeWide(writer, tag, status, time, scalar);
    case 'number':
      return writeNumber(writer, tag, status, time, scalar);
  }
}

function writeWide(writer: SampleWriter, tag: DriverTag, status: number, time: number, scalar: Scalar): boolean {
  const exact = exactWide(tag.type, scalar);
  if (exact === undefined) return false;
  writer.wide(tag.number, time, status, exact);
  return true;
}

function writeNumber(writer: SampleWriter, tag: DriverTag, status: number, time: number, scalar: Scalar): boolean {
  const wide = tag.type === 'int64' || tag.type === 'uint64';
  const exact = wide ? exactWide(tag.type, scalar) : exactNumber(tag.type, scalar);
  if (exact === undefined) return false;
  const plain = tag.scale === 1 && tag.offset === 0;
  const value = plain ? Number(exact) : Number(exact) * tag.scale + tag.offset;
  if (Number.isFinite(value)) writer.number(tag.number, time, status, value);
  else writer.bad(tag.number, time, StatusCode.BadOutOfRange);
  return true;
}

function exactWide(type: ValueType, scalar: Scalar): bigint | undefined {
  if (typeof scalar !== 'bigint' && !(typeof scalar === 'number' && Number.isSafeInteger(scalar))) return undefined;
  const value = BigInt(scalar);
  return value === (type === 'uint64' ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)) ? value : undefined;
}

function exactNumber(type: ValueType, scalar: Scalar): number | undefined {
  if (typeof scalar !== 'number' && typeof scalar !== 'bigint') return undefined;
  const value = Number(scalar);
  if (typeof scalar === 'bigint' && BigInt(value) !== scalar) return undefined;
  if (type === 'float64') return value;
  if (type === 'float32') return Object.is(Math.fround(value), value) ? value : undefined;
  const [least, most] = integerRanges[type] ?? [1, 0];
  return Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}
