import {
  type Answer,
  type Expected,
  exceptionBytes,
  expectedFor,
  type Framing,
  FramingFault,
  noAnswers,
  nothing,
  violationIn,
  withCrc,
  withoutCrc,
} from './framing.ts';

/** Numbers requests over all connections to a source, so that no answer to an old one can carry the number of a new one. */
export class TransactionCounter {
  #last = 0;

  next(): number {
    this.#last = (this.#last + 1) & 0xffff;
    return this.#last;
  }
}

const headerBytes = 6;

/** Modbus TCP: a header with transaction, protocol and length. The transaction tells several requests under way apart. */
export class TcpFraming implements Framing {
  readonly #transactions: TransactionCounter;
  readonly #expected = new Map<number, Expected>();
  #received: Buffer = nothing;

  constructor(transactions: TransactionCounter) {
    this.#transactions = transactions;
  }

  encode(request: Buffer, slot: number): Buffer {
    const body = withoutCrc(request);
    const transaction = this.#transactions.next();
    this.#expected.set(transaction, expectedFor(request, slot));
    const frame = Buffer.alloc(headerBytes + body.length);
    frame.writeUInt16BE(transaction, 0);
    frame.writeUInt16BE(body.length, 4);
    frame.set(body, headerBytes);
    return frame;
  }

  accept(chunk: Buffer): readonly Answer[] {
    let bytes = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const passed = new Map<number, Answer>();
    while (bytes.length > 0) {
      const length = this.#frameBytes(bytes, passed);
      if (length === undefined) break;
      const transaction = bytes.readUInt16BE(0);
      const { slot } = this.#expected.get(transaction)!;
      passed.set(transaction, { slot, frame: withCrc(bytes.subarray(headerBytes, length)) });
      bytes = bytes.subarray(length);
    }
    this.#received = bytes.length === 0 ? nothing : bytes;
    if (passed.size === 0) return noAnswers;
    for (const transaction of passed.keys()) this.#expected.delete(transaction);
    return [...passed.values()];
  }

  /** Length of the frame at the beginning of `bytes` once it is whole; undefined while it is not. */
  #frameBytes(bytes: Buffer, passed: ReadonlyMap<number, Answer>): number | undefined {
    if (this.#expected.size === passed.size) throw new FramingFault(`${bytes.length} bytes that were not asked for`);
    if (bytes.length < 2) return undefined;
    const transaction = bytes.readUInt16BE(0);
    const expected = this.#expected.get(transaction);
    if (expected === undefined || passed.has(transaction)) {
      throw new FramingFault(`transaction ${transaction} was not asked for or is answered already`);
    }
    const violation = headerViolation(bytes, expected) ?? bodyViolation(bytes, expected);
    if (violation !== undefined) throw new FramingFault(violation);
    if (bytes.length < headerBytes) return undefined;
    const length = headerBytes + bytes.readUInt16BE(4);
    return bytes.length < length ? undefined : length;
  }
}

function headerViolation(bytes: Buffer, { bodyBytes }: Expected): string | undefined {
  if (bytes.length < 4) return undefined;
  const protocol = bytes.readUInt16BE(2);
  if (protocol !== 0) return `protocol ${protocol} instead of 0`;
  if (bytes.length < headerBytes) return undefined;
  const announced = bytes.readUInt16BE(4);
  return announced === bodyBytes || announced === exceptionBytes ? undefined : lengthViolation(announced, bodyBytes);
}

function bodyViolation(bytes: Buffer, expected: Expected): string | undefined {
  if (bytes.length <= headerBytes) return undefined;
  const announced = bytes.readUInt16BE(4);
  const body = bytes.subarray(headerBytes, headerBytes + announced);
  const isException = body.length > 1 && body[1] === (expected.beginning[1]! | 0x80);
  const wanted = isException ? exceptionBytes : expected.bodyBytes;
  const violation = violationIn(body, expected);
  if (violation !== undefined || body.length < 2) return violation;
  return announced === wanted ? undefined : lengthViolation(announced, wanted);
}

function lengthViolation(announced: number, wanted: number): string {
  return `length ${announced} instead of ${wanted}`;
}
