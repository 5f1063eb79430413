import { lrc } from './checksum.ts';
import {
  type Answer,
  bodyBytesOf,
  type Expected,
  expectedFor,
  type Framing,
  FramingFault,
  noAnswers,
  violationIn,
  withCrc,
  withoutCrc,
} from './framing.ts';

const digits = /^[0-9A-Fa-f]*$/;
const lrcBytes = 1;

/** Modbus ASCII: a colon, two hexadecimal digits a byte, LRC, CR LF. One request is under way. */
export class AsciiFraming implements Framing {
  #expected: Expected | undefined;
  #received = '';

  encode(request: Buffer, slot: number): Buffer {
    if (this.#expected !== undefined) throw new Error('a second Modbus request while one is under way');
    this.#expected = expectedFor(request, slot);
    const body = withoutCrc(request);
    return Buffer.from(
      `:${Buffer.concat([body, Buffer.of(lrc(body))])
        .toString('hex')
        .toUpperCase()}\r\n`,
      'latin1',
    );
  }

  accept(chunk: Buffer): readonly Answer[] {
    const expected = this.#expected;
    if (expected === undefined) throw new FramingFault(`${chunk.length} bytes that were not asked for`);
    const text = this.#received + chunk.toString('latin1');
    if (text[0] !== ':') throw new FramingFault('no colon at the beginning');
    const end = text.indexOf('\r');
    const hex = text.slice(1, end === -1 ? undefined : end);
    if (!digits.test(hex)) throw new FramingFault('a character that is no hexadecimal digit');
    const bytes = Buffer.from(hex.slice(0, hex.length & ~1), 'hex');
    const bodyBytes = bodyBytesOf(bytes, expected) ?? bytes.length;
    const violation = violationIn(bytes.subarray(0, bodyBytes), expected);
    if (violation !== undefined) throw new FramingFault(violation);
    const excess = hex.length - 2 * (bodyBytes + lrcBytes);
    if (bytes.length >= 2 && excess > 0) throw new FramingFault(`${excess} digits after the end of the frame`);
    if (end === -1 || end === text.length - 1) {
      this.#received = text;
      return noAnswers;
    }
    if (bytes.length < 2 || excess !== 0) throw new FramingFault('the frame ends too early');
    if (text.slice(end) !== '\r\n') throw new FramingFault('more than CR LF at the end of the frame');
    if (lrc(bytes) !== 0) throw new FramingFault('wrong LRC');
    this.#expected = undefined;
    this.#received = '';
    return [{ slot: expected.slot, frame: withCrc(bytes.subarray(0, bodyBytes)) }];
  }
}
