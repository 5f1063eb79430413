import { crc16 } from './checksum.ts';
import {
  type Answer,
  bodyBytesOf,
  type Expected,
  expectedFor,
  type Framing,
  FramingFault,
  noAnswers,
  nothing,
  violationIn,
} from './framing.ts';

const crcBytes = 2;

/** Modbus RTU, on a serial line or over TCP: nothing tells answers apart but their shape, so one request is under way. */
export class RtuFraming implements Framing {
  #expected: Expected | undefined;
  #received: Buffer = nothing;

  encode(request: Buffer, slot: number): Buffer {
    if (this.#expected !== undefined) throw new Error('a second Modbus request while one is under way');
    this.#expected = expectedFor(request, slot);
    return request;
  }

  accept(chunk: Buffer): readonly Answer[] {
    const expected = this.#expected;
    if (expected === undefined) throw new FramingFault(`${chunk.length} bytes that were not asked for`);
    const frame = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const bodyBytes = bodyBytesOf(frame, expected) ?? frame.length;
    const violation = violationIn(frame.subarray(0, bodyBytes), expected);
    if (violation !== undefined) throw new FramingFault(violation);
    const missing = frame.length < 2 ? 1 : bodyBytes + crcBytes - frame.length;
    if (missing > 0) {
      this.#received = frame;
      return noAnswers;
    }
    if (missing < 0) throw new FramingFault(`${-missing} bytes after the end of the frame`);
    if (crc16(frame.subarray(0, bodyBytes)) !== frame.readUInt16LE(bodyBytes)) throw new FramingFault('wrong CRC');
    this.#expected = undefined;
    this.#received = nothing;
    return [{ slot: expected.slot, frame }];
  }
}
