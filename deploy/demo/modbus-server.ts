import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { ModbusFault } from './modbus-fault.ts';
import { answerTo, exceptionPdu, frameOf, type ModbusRequest, RequestStream } from './modbus-frame.ts';
import type { RegisterImage } from './register-image.ts';

export interface ModbusServerOptions {
  readonly clock: Clock;
  readonly image: RegisterImage;
  /** Brings the plant to the present and tells its time. */
  readonly advance: () => number;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

/**
 * Modbus TCP server, read functions only, written on bare sockets: the edge's Modbus library must not be on both ends of
 * the wire, or it could hide its own faults.
 */
export class ModbusServer implements Part {
  readonly #options: ModbusServerOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;
  #fault: ModbusFault = { kind: 'off' };

  constructor(options: ModbusServerOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** The port listened on, once started. */
  get port(): number {
    return this.#port;
  }

  get fault(): ModbusFault {
    return this.#fault;
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((socket) => this.#welcome(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, this.#options.host, resolve);
    });
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async setFault(fault: ModbusFault): Promise<void> {
    this.#fault = fault;
    if (fault.kind === 'refuse') await this.stop();
    else await this.start();
  }

  #welcome(socket: Socket): void {
    const requests = new RequestStream();
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    // A client that breaks off is no concern of the plant.
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      try {
        for (const request of requests.take(bytes)) this.#meet(socket, request);
      } catch {
        // Not Modbus TCP: there is no telling where the next frame begins.
        socket.destroy();
      }
    });
  }

  #meet(socket: Socket, request: ModbusRequest): void {
    const fault = this.#fault;
    switch (fault.kind) {
      case 'silent':
        return;
      case 'reset':
        socket.resetAndDestroy();
        return;
      case 'delay':
        this.#options.clock.after(fault.ms, () => this.#answer(socket, request));
        return;
      case 'exception':
        socket.write(frameOf(request, exceptionPdu(request.pdu.readUInt8(0), fault.code)));
        return;
      default:
        this.#answer(socket, request);
    }
  }

  #answer(socket: Socket, request: ModbusRequest): void {
    if (socket.destroyed) return;
    const frame = frameOf(request, answerTo(request, this.#options.image, this.#options.advance()));
    if (this.#fault.kind === 'wrong-length') frame.writeUInt16BE(frame.readUInt16BE(4) + 3, 4);
    socket.write(frame);
  }
}
