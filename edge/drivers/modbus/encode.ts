import type { Value } from '@gongfu/shared/model/value-type';
import { OneReading } from '@gongfu/shared/sdk/one-reading';
import { floatLoss, isHeldAs, rawOf } from '@gongfu/shared/sdk/written-value';
import { areas } from './address.ts';
import { compileDecoders } from './decode.ts';
import { bitsOfFloat16 } from './half-float.ts';
import { type PlannedTag, requestFor } from './plan.ts';
import { textWriter } from './text-encoding.ts';
import { type ByteOrder, byteIndexes, bytesOf, type HeldType, heldTypeOf, registersOf } from './value-layout.ts';
import type { WriteRequest } from './write-request.ts';

type Written = NonNullable<Value>;

/** The write that puts a value into a tag, and the value as it is then read. */
export interface EncodedWrite {
  readonly request: WriteRequest;
  readonly held: Written;
}

export interface EncodeSettings {
  readonly byteOrder: ByteOrder;
  readonly unitId: number;
  /** Functions 15 and 16 also for a single coil or register. */
  readonly multiple: boolean;
}

/** The way back of the decoders, and judged by them. The write, or one sentence why the source cannot hold the value. */
export function encodeWrite(tag: PlannedTag, value: Written, settings: EncodeSettings): EncodedWrite | string {
  const place = { unitId: settings.unitId, start: tag.address.register };
  const functionCode = writeFunctionOf(tag, settings.multiple);
  if (functionCode === 5 || functionCode === 15) {
    if (typeof value !== 'boolean') return misfit(tag, value);
    return { request: { ...place, functionCode, on: value }, held: value };
  }
  const bytes = bytesOfValue(tag, value);
  if (bytes === undefined) return misfit(tag, value);
  const order = tag.byteOrder ?? settings.byteOrder;
  const registers = laidOut(tag, bytes, order);
  const held = readBack(tag, registers, order);
  if (held === null || !agrees(tag, value, held)) {
    return typeof held === 'number' ? `${misfit(tag, value)}; the nearest it can be is ${held}` : misfit(tag, value);
  }
  if (functionCode !== 22) return { request: { ...place, functionCode, registers }, held };
  const mask = laidOut(tag, ownBits(tag), order).readUInt16BE(0);
  return { request: { ...place, functionCode, and: ~mask & 0xffff, or: registers.readUInt16BE(0) }, held };
}

/** The function a tag is written by. */
export function writeFunctionOf(tag: PlannedTag, multiple: boolean): WriteRequest['functionCode'] {
  if (areas[tag.address.area].bits) return multiple ? 15 : 5;
  if (tag.bit !== undefined || bytesOf(tag) === 1) return 22;
  return registersOf(tag) > 1 || multiple ? 16 : 6;
}

/** The bytes of a value, most significant first; undefined where its type has none for it. */
function bytesOfValue(tag: PlannedTag, value: Written): Buffer | undefined {
  const type = heldTypeOf(tag);
  const bytes = Buffer.alloc(bytesOf(tag));
  if (type === 'bool') {
    if (typeof value !== 'boolean') return undefined;
    bytes.writeUInt16BE(value ? 1 << (tag.bit ?? 0) : 0);
    return bytes;
  }
  if (type === 'string') {
    const text =
      typeof value === 'string' && !value.includes('\0') ? textWriter(tag.encoding ?? 'utf-8')(value) : undefined;
    return text === undefined || text.copy(bytes) < text.length ? undefined : bytes;
  }
  if (type === 'int64' || type === 'uint64') return putWide(type, value, bytes) ? bytes : undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return putNumber(type, rawOf(value, tag), bytes) ? bytes : undefined;
}

type NumberType = Exclude<HeldType, 'bool' | 'string' | 'int64' | 'uint64'>;

function putNumber(type: NumberType, raw: number, bytes: Buffer): boolean {
  switch (type) {
    case 'float16':
      bytes.writeUInt16BE(bitsOfFloat16(raw));
      return true;
    case 'float32':
      bytes.writeFloatBE(raw);
      return true;
    case 'float64':
      bytes.writeDoubleBE(raw);
      return true;
    case 'bcd16':
    case 'bcd32':
      return putDecimal(Math.round(raw), bytes);
    default:
      return putInteger(type, Math.round(raw), bytes);
  }
}

function putInteger(type: Exclude<NumberType, `${'float' | 'bcd'}${string}`>, whole: number, bytes: Buffer): boolean {
  const signed = type.startsWith('int');
  const span = 256 ** bytes.length;
  const [least, most] = signed ? [-span / 2, span / 2 - 1] : [0, span - 1];
  if (!(whole >= least && whole <= most)) return false;
  // -0 is 0 in every integer.
  if (signed) bytes.writeIntBE(whole + 0, 0, bytes.length);
  else bytes.writeUIntBE(whole + 0, 0, bytes.length);
  return true;
}

function putDecimal(whole: number, bytes: Buffer): boolean {
  if (!(whole >= 0 && whole < 100 ** bytes.length)) return false;
  bytes.write(String(whole + 0).padStart(bytes.length * 2, '0'), 'hex');
  return true;
}

function putWide(type: 'int64' | 'uint64', value: Written, bytes: Buffer): boolean {
  if (typeof value !== 'bigint') return false;
  const fits = value === (type === 'int64' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value));
  if (fits) bytes.writeBigUInt64BE(BigInt.asUintN(64, value));
  return fits;
}

/** The bits of a value that are the tag's own, most significant byte first. */
function ownBits(tag: PlannedTag): Buffer {
  if (tag.bit === undefined) return Buffer.alloc(bytesOf(tag), 0xff);
  const bits = Buffer.alloc(2);
  bits.writeUInt16BE(1 << tag.bit);
  return bits;
}

/** Registers as they go over the wire. */
function laidOut(tag: PlannedTag, bytes: Buffer, order: ByteOrder): Buffer {
  const registers = Buffer.alloc(registersOf(tag) * 2);
  for (const [index, place] of byteIndexes(tag, order).entries()) registers[place] = bytes[index]!;
  return registers;
}

function readBack(tag: PlannedTag, registers: Buffer, order: ByteOrder): Value {
  const one = new OneReading();
  for (const decode of compileDecoders(requestFor(0, [tag]), order)) decode(registers, one, 0);
  return one.reading.value;
}

function agrees(tag: PlannedTag, value: Written, held: Written): boolean {
  if (typeof value !== 'number' || typeof held !== 'number') return value === held;
  const type = heldTypeOf(tag);
  return isHeldAs(value, held, tag, type in floatLoss ? floatLoss[type as keyof typeof floatLoss] : 0);
}

function misfit(tag: PlannedTag, value: Written): string {
  const shown = typeof value === 'string' ? `a text of ${value.length} characters` : String(value);
  const length = heldTypeOf(tag) === 'string' ? ` of ${tag.length} bytes in ${tag.encoding ?? 'utf-8'}` : '';
  const scaled = tag.scale === 1 && tag.offset === 0 ? '' : `, scaled by ${tag.scale} and ${tag.offset},`;
  return `${shown} is no value of a ${heldTypeOf(tag)}${length}${scaled} to the last digit`;
}
