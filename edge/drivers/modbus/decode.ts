import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import { areas } from './address.ts';
import { float16Of } from './half-float.ts';
import type { PlannedTag, ReadRequest } from './plan.ts';
import { textReader } from './text-encoding.ts';
import { type ByteOrder, byteIndexes, type HeldType, heldTypeOf } from './value-layout.ts';

/** Writes the samples of one tag, or of several neighbours, from the bytes of a reply. */
export type Decode = (reply: Uint8Array, writer: SampleWriter, sourceTime: number) => void;

// One value at a time is put in order here; decoding is synchronous, so nobody else can be using it.
const scratch = new Uint8Array(8);
const ordered = new DataView(scratch.buffer);

type NumberType = Exclude<HeldType, 'bool' | 'string' | 'int64' | 'uint64' | 'bcd16' | 'bcd32'>;
const readNumber: Record<NumberType, () => number> = {
  int8: () => ordered.getInt8(0),
  uint8: () => ordered.getUint8(0),
  int16: () => ordered.getInt16(0),
  uint16: () => ordered.getUint16(0),
  int32: () => ordered.getInt32(0),
  uint32: () => ordered.getUint32(0),
  float16: () => float16Of(ordered.getUint16(0)),
  float32: () => ordered.getFloat32(0),
  float64: () => ordered.getFloat64(0),
};

/** Prepares, once, the way from a reply to `request` to a sample of each of its tags, in their order. */
export function compileDecoders(request: ReadRequest, sourceOrder: ByteOrder): Decode[] {
  const { bits } = areas[request.area];
  if (bits) return request.tags.map((tag) => bitDecoder(tag, tag.address.register - request.start));
  const layouts = request.tags.map((tag) => layoutOf(tag, request, sourceOrder));
  return runsOf(layouts).map((run) => registerDecoder(run));
}

/** Where a tag's bytes lie in the reply. */
interface Layout {
  readonly tag: PlannedTag;
  readonly type: HeldType;
  /** Of its first register. */
  readonly place: number;
  /** From there, the most significant byte first. */
  readonly order: Uint8Array;
}

function layoutOf(tag: PlannedTag, { start }: ReadRequest, sourceOrder: ByteOrder): Layout {
  const place = (tag.address.register - start) * 2;
  return { tag, type: heldTypeOf(tag), place, order: byteIndexes(tag, tag.byteOrder ?? sourceOrder) };
}

/** Neighbours that are read alike together: one loop costs less time and memory than a function for each. */
function runsOf(layouts: readonly Layout[]): (readonly Layout[])[] {
  const runs: Layout[][] = [];
  for (const layout of layouts) {
    const last = runs.at(-1)?.[0];
    if (last !== undefined && isAlike(last, layout)) runs.at(-1)!.push(layout);
    else runs.push([layout]);
  }
  return runs;
}

function isAlike(one: Layout, other: Layout): boolean {
  return (
    isNumberType(one.type) &&
    one.type === other.type &&
    one.tag.scale === other.tag.scale &&
    one.tag.offset === other.tag.offset &&
    one.order.join() === other.order.join()
  );
}

function isNumberType(type: HeldType): type is NumberType {
  return type in readNumber;
}

function bitDecoder(tag: PlannedTag, position: number): Decode {
  const byte = position >> 3;
  const mask = 1 << (position & 7);
  return (reply, writer, time) => writer.boolean(tag.number, time, StatusCode.Good, (reply[byte]! & mask) !== 0);
}

function registerDecoder(run: readonly Layout[]): Decode {
  const { tag, type, place, order } = run[0]!;
  if (isNumberType(type)) return numberDecoder(run, readNumber[type]);
  const from = Uint16Array.from(order, (index) => place + index);
  switch (type) {
    case 'bool':
      return boolDecoder(tag, from);
    case 'string':
      return textDecoder(tag, from);
    case 'int64':
    case 'uint64':
      return wideDecoder(tag, from);
    default:
      return decimalDecoder(tag, from);
  }
}

function numberDecoder(run: readonly Layout[], read: () => number): Decode {
  const { order, tag } = run[0]!;
  const numbers = Uint32Array.from(run, (layout) => layout.tag.number);
  const places = Uint16Array.from(run, ({ place }) => place);
  return (reply, writer, time) => {
    for (let i = 0; i < numbers.length; i += 1) {
      const place = places[i]!;
      for (let byte = 0; byte < order.length; byte += 1) scratch[byte] = reply[place + order[byte]!]!;
      writeNumber(writer, numbers[i]!, time, scaled(read(), tag));
    }
  };
}

function wideDecoder(tag: PlannedTag, from: Uint16Array): Decode {
  const { number, kind } = tag;
  const read = tag.type === 'int64' ? () => ordered.getBigInt64(0) : () => ordered.getBigUint64(0);
  return (reply, writer, time) => {
    putInOrder(reply, from);
    if (kind === 'number') writeNumber(writer, number, time, scaled(Number(read()), tag));
    else writer.wide(number, time, StatusCode.Good, read());
  };
}

/** Binary-coded decimals: four bits a digit. What is no digit makes no number. */
function decimalDecoder(tag: PlannedTag, from: Uint16Array): Decode {
  return (reply, writer, time) => {
    let value = 0;
    for (let i = 0; i < from.length; i += 1) {
      const byte = reply[from[i]!]!;
      const [tens, ones] = [byte >> 4, byte & 15];
      if (tens > 9 || ones > 9) {
        writer.bad(tag.number, time, StatusCode.BadDecodingError);
        return;
      }
      value = value * 100 + tens * 10 + ones;
    }
    writeNumber(writer, tag.number, time, scaled(value, tag));
  };
}

function boolDecoder(tag: PlannedTag, from: Uint16Array): Decode {
  // Without a bit the register as a whole is the flag, as many PLC programs write it.
  const mask = tag.bit === undefined ? 0xffff : 1 << tag.bit;
  const [high, low] = [from[0]!, from[1]!];
  return (reply, writer, time) => {
    const word = (reply[high]! << 8) | reply[low]!;
    writer.boolean(tag.number, time, StatusCode.Good, (word & mask) !== 0);
  };
}

function textDecoder(tag: PlannedTag, from: Uint16Array): Decode {
  const read = textReader(tag.encoding ?? 'utf-8');
  const bytes = Buffer.alloc(from.length);
  return (reply, writer, time) => {
    for (let i = 0; i < from.length; i += 1) bytes[i] = reply[from[i]!]!;
    const end = bytes.indexOf(0);
    const text = read(end === -1 ? bytes : bytes.subarray(0, end));
    if (text === undefined) writer.bad(tag.number, time, StatusCode.BadDecodingError);
    else writer.text(tag.number, time, StatusCode.Good, text);
  };
}

function putInOrder(reply: Uint8Array, from: Uint16Array): void {
  for (let i = 0; i < from.length; i += 1) scratch[i] = reply[from[i]!]!;
}

/** Left alone when not scaled: arithmetic would lose the sign of -0. */
function scaled(raw: number, { scale, offset }: Pick<PlannedTag, 'scale' | 'offset'>): number {
  return scale === 1 && offset === 0 ? raw : raw * scale + offset;
}

function writeNumber(writer: SampleWriter, number: number, time: number, value: number): void {
  if (Number.isFinite(value)) writer.number(number, time, StatusCode.Good, value);
  else writer.bad(number, time, StatusCode.BadOutOfRange);
}
