import { StatusCode } from '@gongfu/shared/model/quality';
import type { ValueType } from '@gongfu/shared/model/value-type';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import { areas } from './address.ts';
import type { ByteOrder } from './config.ts';
import type { PlannedTag, ReadRequest } from './plan.ts';
import { byteIndexes } from './value-layout.ts';

/** Writes one sample from the bytes of a reply. */
export type Decode = (reply: Uint8Array, writer: SampleWriter, sourceTime: number) => void;

// One value at a time is put in order here; decoding is synchronous, so nobody else can be using it.
const scratch = new Uint8Array(8);
const ordered = new DataView(scratch.buffer);

type NumberType = Exclude<ValueType, 'bool' | 'string' | 'int64' | 'uint64'>;
const readNumber: Record<NumberType, () => number> = {
  int8: () => ordered.getInt8(0),
  uint8: () => ordered.getUint8(0),
  int16: () => ordered.getInt16(0),
  uint16: () => ordered.getUint16(0),
  int32: () => ordered.getInt32(0),
  uint32: () => ordered.getUint32(0),
  float32: () => ordered.getFloat32(0),
  float64: () => ordered.getFloat64(0),
};

/** Prepares, once, the way from a reply to `request` to a sample of each of its tags, in their order. */
export function compileDecoders(request: ReadRequest, sourceOrder: ByteOrder): Decode[] {
  const { bits } = areas[request.area];
  return request.tags.map((tag) => {
    const position = tag.address.register - request.start;
    return bits ? bitDecoder(tag, position) : registerDecoder(tag, position * 2, tag.byteOrder ?? sourceOrder);
  });
}

function bitDecoder(tag: PlannedTag, position: number): Decode {
  const byte = position >> 3;
  const mask = 1 << (position & 7);
  return (reply, writer, time) => writer.boolean(tag.number, time, StatusCode.Good, (reply[byte]! & mask) !== 0);
}

function registerDecoder(tag: PlannedTag, offset: number, order: ByteOrder): Decode {
  const indexes = byteIndexes(tag.type, tag.length ?? 0, order);
  const from = Uint16Array.from(indexes, (index) => offset + index);
  switch (tag.type) {
    case 'bool':
      return boolDecoder(tag, from);
    case 'string':
      return textDecoder(tag, from);
    case 'int64':
    case 'uint64':
      return wideDecoder(tag, from);
    default:
      return numberDecoder(tag, from, readNumber[tag.type]);
  }
}

function numberDecoder(tag: PlannedTag, from: Uint16Array, read: () => number): Decode {
  const { number, scale, offset } = tag;
  // Left alone when not scaled: arithmetic would lose the sign of -0.
  const scaled = scale !== 1 || offset !== 0;
  return (reply, writer, time) => {
    putInOrder(reply, from);
    const raw = read();
    writeNumber(writer, number, time, scaled ? raw * scale + offset : raw);
  };
}

function wideDecoder(tag: PlannedTag, from: Uint16Array): Decode {
  const { number, scale, offset } = tag;
  const read = tag.type === 'int64' ? () => ordered.getBigInt64(0) : () => ordered.getBigUint64(0);
  if (tag.kind === 'number') {
    return (reply, writer, time) => {
      putInOrder(reply, from);
      writeNumber(writer, number, time, Number(read()) * scale + offset);
    };
  }
  return (reply, writer, time) => {
    putInOrder(reply, from);
    writer.wide(number, time, StatusCode.Good, read());
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
  const utf8 = new TextDecoder();
  return (reply, writer, time) => {
    const bytes = Uint8Array.from(from, (index) => reply[index]!);
    const end = bytes.indexOf(0);
    writer.text(tag.number, time, StatusCode.Good, utf8.decode(end === -1 ? bytes : bytes.subarray(0, end)));
  };
}

function putInOrder(reply: Uint8Array, from: Uint16Array): void {
  for (let i = 0; i < from.length; i += 1) scratch[i] = reply[from[i]!]!;
}

function writeNumber(writer: SampleWriter, tag: number, time: number, value: number): void {
  if (Number.isFinite(value)) writer.number(tag, time, StatusCode.Good, value);
  else writer.bad(tag, time, StatusCode.BadOutOfRange);
}
