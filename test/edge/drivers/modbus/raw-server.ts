import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** The parts of a read request as they stand on the wire. */
export interface WireRequest {
  readonly transaction: number;
  readonly unitId: number;
  readonly functionCode: number;
  readonly start: number;
  readonly count: number;
}

export type Answer = (request: WireRequest, socket: Socket) => void;

/** A Modbus TCP server of a few lines, so that it can lie in every byte. Registers hold their own address. */
export class RawServer {
  answer: Answer = answerTruth;
  readonly requests: WireRequest[] = [];
  connectionsTotal = 0;
  port = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.connectionsTotal += 1;
    this.#sockets.add(socket);
    let held = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      for (; held.length >= 12; held = held.subarray(12)) {
        const request = {
          transaction: held.readUInt16BE(0),
          unitId: held.readUInt8(6),
          functionCode: held.readUInt8(7),
          start: held.readUInt16BE(8),
          count: held.readUInt16BE(10),
        };
        this.requests.push(request);
        this.answer(request, socket);
      }
    });
  });

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

export interface FrameLies {
  readonly transaction?: number;
  readonly protocol?: number;
  readonly length?: number;
  readonly unitId?: number;
  readonly functionCode?: number;
  readonly byteCount?: number;
}

export function frameOf(request: WireRequest, data: Buffer, lies: FrameLies = {}): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt16BE(lies.transaction ?? request.transaction, 0);
  head.writeUInt16BE(lies.protocol ?? 0, 2);
  head.writeUInt16BE(lies.length ?? data.length + 3, 4);
  head.writeUInt8(lies.unitId ?? request.unitId, 6);
  head.writeUInt8(lies.functionCode ?? request.functionCode, 7);
  head.writeUInt8(lies.byteCount ?? data.length, 8);
  return Buffer.concat([head, data]);
}

export function exceptionOf(request: WireRequest, code: number): Buffer {
  const { transaction, unitId, functionCode } = request;
  return Buffer.from([transaction >> 8, transaction & 255, 0, 0, 0, 3, unitId, functionCode | 0x80, code]);
}
