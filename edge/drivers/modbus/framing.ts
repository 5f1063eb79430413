import { crc16 } from './checksum.ts';

/** What is wrong with bytes that came from the source. After one the connection is worth nothing any more. */
export class FramingFault extends Error {
  constructor(what: string) {
    super(`invalid Modbus reply: ${what}`);
    this.name = 'FramingFault';
  }
}

/** A whole reply that passed: `frame` is unit, function, data, CRC, whatever it was on the wire. */
export interface Answer {
  readonly slot: number;
  readonly frame: Buffer;
}

/**
 * Guards one connection: lets a reply pass only as a whole frame that answers exactly a request under way. The client
 * library checks some of this late and some not at all; a wrong reply taken for a right one would be a wrong value in the
 * history.
 */
export interface Framing {
  /** The bytes for the wire of a request given as unit, function, data, CRC; its answer will carry `slot`. */
  encode(request: Buffer, slot: number): Buffer;
  /** The answers `chunk` completes. Nothing of a chunk passes that is wrong anywhere. @throws FramingFault */
  accept(chunk: Buffer): readonly Answer[];
}

/** What the answer to one request must look like. */
export interface Expected {
  readonly slot: number;
  /** Unit, function, then the byte count of a read, or all that a write repeats. */
  readonly beginning: Buffer;
  /** Bytes of the answer from unit to data. */
  readonly bodyBytes: number;
}

export const nothing = Buffer.alloc(0);
export const noAnswers: readonly Answer[] = [];
export const exceptionBytes = 3;
const crcBytes = 2;

export function expectedFor(request: Buffer, slot: number): Expected {
  const functionCode = request.readUInt8(1);
  switch (functionCode) {
    case 1:
    case 2:
      return reading(request, slot, Math.ceil(request.readUInt16BE(4) / 8));
    case 3:
    case 4:
      return reading(request, slot, request.readUInt16BE(4) * 2);
    case 5:
    case 6:
    case 15:
    case 16:
      return { slot, beginning: Buffer.from(request.subarray(0, 6)), bodyBytes: 6 };
    case 22:
      return { slot, beginning: Buffer.from(request.subarray(0, 8)), bodyBytes: 8 };
    default:
      throw new Error(`no reply is known to Modbus function ${functionCode}`);
  }
}

function reading(request: Buffer, slot: number, dataBytes: number): Expected {
  return { slot, beginning: Buffer.of(request[0]!, request[1]!, dataBytes), bodyBytes: 3 + dataBytes };
}

const fieldNames = ['unit', 'function', 'byte count'] as const;

/** Looks at every byte of `body` that is there, so that a hopeless reply is refused before the rest is waited for. */
export function violationIn(body: Buffer, { beginning, bodyBytes }: Expected): string | undefined {
  const isException = body.length > 1 && body[1] === (beginning[1]! | 0x80);
  const end = isException ? 1 : Math.min(body.length, beginning.length);
  for (let i = 0; i < end; i += 1) {
    if (body[i] === beginning[i]) continue;
    const field = beginning.length > 3 && i > 1 ? `repeated byte ${i}` : fieldNames[i];
    return `${field} ${body[i]} instead of ${beginning[i]}`;
  }
  const bytes = isException ? exceptionBytes : bodyBytes;
  return body.length > bytes ? `${body.length - bytes} bytes after the end of the frame` : undefined;
}

/** Length of the body that has begun; undefined until its function is there. */
export function bodyBytesOf(body: Buffer, { beginning, bodyBytes }: Expected): number | undefined {
  if (body.length < 2) return undefined;
  return body[1] === (beginning[1]! | 0x80) ? exceptionBytes : bodyBytes;
}

export function withoutCrc(request: Buffer): Buffer {
  return request.subarray(0, request.length - crcBytes);
}

export function withCrc(body: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(body.length + crcBytes);
  frame.set(body);
  frame.writeUInt16LE(crc16(body), body.length);
  return frame;
}
