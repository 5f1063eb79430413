import { PublishResponse, ResponseHeader } from 'node-opcua-client';

type Stream = Parameters<PublishResponse['encode']>[0];

/** Changes of one publishing have happened in as many moments, evenly over its interval. */
export const momentsPerPublishing = 20;
const headBytes = 64;
/** Handle, which parts there are, type, double, source time, server time. */
const itemBytes = 4 + 1 + 1 + 8 + 8 + 8;
const valuePlace = 6;
const sourceTimePlace = 14;
const serverTimePlace = 22;
/** Value, source time and server time are there; a status that is not is good. */
const parts = 0x01 | 0x04 | 0x08;
const doubleType = 11;
const dataChangeEncoding = 811;
const unixEpochTicks = 116_444_736_000_000_000n;
const ticksPerMs = 10_000n;

/**
 * The bytes of a PublishResponse with one change of each item of a subscription (OPC UA part 6, binary encoding), made once:
 * what changes from one publishing to the next is written over. Stands in for the library's class where a response is sent.
 */
export class PreparedChanges {
  readonly schema = PublishResponse.schema;
  readonly responseHeader = new ResponseHeader();
  readonly items: number;
  readonly #bytes: Buffer;
  /** Where the items begin. */
  readonly #body: number;
  readonly #length: number;
  /** Results of the request's acknowledgements, all good, and no diagnostics. */
  #tail = Buffer.alloc(0);

  /** @param handles the client's numbers for the items */
  constructor(handles: Uint32Array, subscriptionId: number) {
    this.items = handles.length;
    this.#bytes = Buffer.alloc(headBytes + handles.length * itemBytes);
    const bytes = this.#bytes;
    bytes.writeUInt32LE(subscriptionId, 0);
    let place = 4;
    // Sequence numbers kept for a repetition: none.
    place = bytes.writeInt32LE(-1, place);
    // Whether more follows, sequence number and time come later.
    place += 1 + 4 + 8;
    place = bytes.writeInt32LE(1, place);
    place = bytes.writeUInt8(0x01, place);
    place = bytes.writeUInt8(0, place);
    place = bytes.writeUInt16LE(dataChangeEncoding, place);
    place = bytes.writeUInt8(0x01, place);
    place = bytes.writeInt32LE(4 + handles.length * itemBytes + 4, place);
    place = bytes.writeInt32LE(handles.length, place);
    this.#body = place;
    for (const handle of handles) {
      bytes.writeUInt32LE(handle, place);
      bytes.writeUInt8(parts, place + 4);
      bytes.writeUInt8(doubleType, place + 5);
      place += itemBytes;
    }
    this.#length = bytes.writeInt32LE(-1, place);
  }

  /**
   * What this publishing says: each item a quarter more than `values` before, a twentieth of them at each moment.
   * @param publishedAt UTC epoch ms; the last moment of this publishing
   */
  fill(told: { values: Float64Array; publishedAt: number; intervalMs: number; sequence: number; more: boolean }): void {
    const { values, publishedAt, intervalMs, sequence, more } = told;
    const bytes = this.#bytes;
    bytes.writeUInt8(more ? 1 : 0, 8);
    bytes.writeUInt32LE(sequence, 9);
    bytes.writeBigInt64LE(ticksOf(publishedAt), 13);
    const lows: number[] = [];
    const highs: number[] = [];
    for (let moment = 0; moment < momentsPerPublishing; moment += 1) {
      const late = ((momentsPerPublishing - 1 - moment) * intervalMs) / momentsPerPublishing;
      const ticks = ticksOf(publishedAt - Math.round(late));
      lows.push(Number(ticks & 0xffffffffn));
      highs.push(Number(ticks >> 32n));
    }
    let place = this.#body;
    for (let item = 0; item < this.items; item += 1) {
      const moment = item % momentsPerPublishing;
      const value = values[item]! + 0.25;
      values[item] = value;
      bytes.writeDoubleLE(value, place + valuePlace);
      for (const time of [sourceTimePlace, serverTimePlace]) {
        bytes.writeUInt32LE(lows[moment]!, place + time);
        bytes.writeUInt32LE(highs[moment]!, place + time + 4);
      }
      place += itemBytes;
    }
  }

  /** So many acknowledgements came with the request. */
  acknowledge(count: number): void {
    this.#tail = Buffer.alloc(4 + count * 4 + 4);
    this.#tail.writeInt32LE(count, 0);
    this.#tail.writeInt32LE(-1, 4 + count * 4);
  }

  encode(stream: Stream): void {
    this.responseHeader.encode(stream);
    write(stream, this.#bytes, this.#length);
    write(stream, this.#tail, this.#tail.length);
  }
}

function write(stream: Stream, { buffer, byteOffset }: Buffer, length: number): void {
  stream.writeArrayBuffer(buffer as ArrayBuffer, byteOffset, length);
}

/** Hundreds of nanoseconds since 1601, as the standard counts. */
function ticksOf(epochMs: number): bigint {
  return BigInt(epochMs) * ticksPerMs + unixEpochTicks;
}
