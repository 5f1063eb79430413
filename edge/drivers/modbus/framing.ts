/** What is wrong with bytes that came from the source. After one the connection is worth nothing any more. */
export class FramingFault extends Error {
  constructor(what: string) {
    super(`invalid Modbus reply: ${what}`);
    this.name = 'FramingFault';
  }
}

interface Expected {
  readonly transaction: number;
  readonly unitId: number;
  readonly functionCode: number;
  readonly byteCount: number;
}

const headerBytes = 6;
const exceptionLength = 3;
const nothing = Buffer.alloc(0);

/**
 * Guards one connection on which at most one request is under way: lets a reply pass only as a whole frame that
 * answers exactly that request (transaction, protocol, length, unit, function, byte count). The client library checks
 * some of this late and some not at all; a wrong reply taken for a right one would be a wrong value in the history.
 */
export class FrameCheck {
  #expected: Expected | undefined;
  #received: Buffer = nothing;

  /** Learns from the bytes of a read request (functions 1–4) what the reply must look like. */
  expect(request: Buffer): void {
    if (this.#expected !== undefined) throw new Error('a second Modbus request while one is under way');
    const functionCode = request.readUInt8(7);
    const count = request.readUInt16BE(10);
    this.#expected = {
      transaction: request.readUInt16BE(0),
      unitId: request.readUInt8(6),
      functionCode,
      byteCount: functionCode <= 2 ? Math.ceil(count / 8) : count * 2,
    };
  }

  /** The whole frame when `chunk` completes it, undefined while bytes are missing. @throws FramingFault */
  accept(chunk: Buffer): Buffer | undefined {
    const expected = this.#expected;
    if (expected === undefined) throw new FramingFault(`${chunk.length} bytes that were not asked for`);
    const frame = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const violation = violationIn(frame, expected);
    if (violation !== undefined) throw new FramingFault(violation);
    if (frame.length < headerBytes || frame.length < headerBytes + frame.readUInt16BE(4)) {
      this.#received = frame;
      return undefined;
    }
    this.#expected = undefined;
    this.#received = nothing;
    return frame;
  }
}

/** Looks at every byte that is there, so that a hopeless reply is refused before the rest of it is waited for. */
function violationIn(frame: Buffer, expected: Expected): string | undefined {
  const { transaction, unitId, functionCode, byteCount } = expected;
  const { length } = frame;
  const differs = (name: string, actual: number, wanted: number) =>
    actual === wanted ? undefined : `${name} ${actual} instead of ${wanted}`;

  if (length < 2) return undefined;
  const early = differs('transaction', frame.readUInt16BE(0), transaction);
  if (early !== undefined || length < 4) return early;
  const protocol = differs('protocol', frame.readUInt16BE(2), 0);
  if (protocol !== undefined || length < headerBytes) return protocol;

  const announced = frame.readUInt16BE(4);
  const wanted = 3 + byteCount;
  if (announced !== wanted && announced !== exceptionLength) return differs('length', announced, wanted);
  if (length > headerBytes + announced) return `${length - headerBytes - announced} bytes after the end of the frame`;
  const unit = length < 7 ? undefined : differs('unit', frame.readUInt8(6), unitId);
  if (unit !== undefined || length < 8) return unit;

  const code = frame.readUInt8(7);
  if (code === (functionCode | 0x80)) return differs('length of an exception', announced, exceptionLength);
  const wrongCode = differs('function', code, functionCode) ?? differs('length', announced, wanted);
  if (wrongCode !== undefined || length < 9) return wrongCode;
  return differs('byte count', frame.readUInt8(8), byteCount);
}
