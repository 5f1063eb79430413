import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export type Wire = 'tcp' | 'rtu' | 'ascii';

/** The parts of a read request as they stand on the wire. */
export interface WireRequest {
  /** The form of the frame it came in, and so of its answer. */
  readonly wire?: Wire;
  readonly transaction: number;
  readonly unitId: number;
  readonly functionCode: number;
  readonly start: number;
  readonly count: number;
}

export type Answer = (request: WireRequest, socket: Socket) => void;

/** A Modbus server of a few lines, so that it can lie in every byte. Registers hold their own address. */
export class RawServer {
  readonly wire: Wire;
  answer: Answer = answerTruth;
  readonly requests: WireRequest[] = [];
  connectionsTotal = 0;
  port = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.serve(socket));

  constructor(wire: Wire = 'tcp') {
    this.wire = wire;
  }

  serve(socket: Socket): void {
    this.connectionsTotal += 1;
    this.#sockets.add(socket);
    let held = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      const bytes = requestBytes[this.wire];
      for (; held.length >= bytes; held = held.subarray(bytes)) {
        const request = requestIn(held.subarray(0, bytes), this.wire);
        this.requests.push(request);
        this.answer(request, socket);
      }
    });
  }

  async start(port = 0): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this.port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function answerTruth(request: WireRequest, socket: Socket): void {
  socket.write(truthOf(request));
}

/** Register n holds n; bit n is set when n is odd. */
export function truthOf(request: WireRequest): Buffer {
  if (request.functionCode <= 2) {
    const bytes = Buffer.alloc(Math.ceil(request.count / 8));
    for (let i = 0; i < request.count; i += 1) if ((request.start + i) % 2 === 1) bytes[i >> 3]! |= 1 << (i & 7);
    return frameOf(request, bytes);
  }
  const bytes = Buffer.alloc(request.count * 2);
  for (let i = 0; i < request.count; i += 1) bytes.writeUInt16BE(request.start + i, i * 2);
  return frameOf(request, bytes);
}

const requestBytes: Readonly<Record<Wire, number>> = { tcp: 12, rtu: 8, ascii: 17 };

function requestIn(bytes: Buffer, wire: Wire): WireRequest {
  const transaction = wire === 'tcp' ? bytes.readUInt16BE(0) : 0;
  const body = bodyIn(bytes, wire);
  const [unitId, functionCode] = [body.readUInt8(0), body.readUInt8(1)];
  return { wire, transaction, unitId, functionCode, start: body.readUInt16BE(2), count: body.readUInt16BE(4) };
}

function bodyIn(bytes: Buffer, wire: Wire): Buffer {
  if (wire === 'tcp') return bytes.subarray(6);
  return wire === 'rtu' ? bytes : Buffer.from(bytes.toString('latin1').slice(1, -2), 'hex');
}

export interface FrameLies {
  readonly transaction?: number;
  readonly protocol?: number;
  readonly length?: number;
  readonly unitId?: number;
  readonly functionCode?: number;
  readonly byteCount?: number;
  /** Bits turned over in the CRC or LRC. */
  readonly check?: number;
}

export function frameOf(request: WireRequest, data: Buffer, lies: FrameLies = {}): Buffer {
  const { unitId = request.unitId, functionCode = request.functionCode, byteCount = data.length } = lies;
  return framed(request, Buffer.concat([Buffer.of(unitId, functionCode, byteCount), data]), lies);
}

export function exceptionOf(request: WireRequest, code: number): Buffer {
  return framed(request, Buffer.of(request.unitId, request.functionCode | 0x80, code), {});
}

function framed({ wire, transaction }: WireRequest, body: Buffer, lies: FrameLies): Buffer {
  if (wire === 'rtu') {
    const crc = crcOf(body) ^ (lies.check ?? 0);
    return Buffer.concat([body, Buffer.of(crc & 255, crc >> 8)]);
  }
  if (wire === 'ascii') {
    const sum = (256 - (body.reduce((total, byte) => total + byte, 0) % 256)) % 256;
    return Buffer.from(`:${body.toString('hex')}${hexOf(sum ^ (lies.check ?? 0))}\r\n`.toUpperCase());
  }
  const head = Buffer.alloc(6);
  head.writeUInt16BE(lies.transaction ?? transaction, 0);
  head.writeUInt16BE(lies.protocol ?? 0, 2);
  head.writeUInt16BE(lies.length ?? body.length, 4);
  return Buffer.concat([head, body]);
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** Bit by bit, as the standard describes it: no table that could be wrong in the same way as the driver's. */
function crcOf(bytes: Buffer): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
