import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { exceptionPdu, frameOf, RequestStream } from '#deploy/demo/modbus-frame';

/** What the PLC does with a request instead of serving it: an exception, or no answer (after having done it, or not). */
export type Mischief = { readonly exception: number } | 'silent' | 'does it and is silent' | undefined;

/**
 * A PLC on Modbus TCP with coils and registers that can be written, the same for all units, and a spy on its wire. Reads by
 * functions 1 to 4, writes by 5, 6, 15, 16, 22, each as the standard has it.
 */
export class ModbusPlc {
  readonly registers = new Uint16Array(65_536);
  readonly coils = new Uint8Array(65_536);
  /** Every request that is no read, from its function on, as it came. */
  readonly writes: Buffer[] = [];
  readsTotal = 0;
  mischief: (pdu: Buffer) => Mischief = () => undefined;
  /** How long it thinks before each answer. */
  delayMs = 0;
  port = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#serve(socket));

  async start(port = 0): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this.port;
  }

  async stop(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    const stream = new RequestStream();
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (bytes) => {
      for (const request of stream.take(bytes)) {
        const answer = this.#answer(Buffer.from(request.pdu));
        if (answer === undefined) continue;
        if (this.delayMs === 0) socket.write(frameOf(request, answer));
        else setTimeout(() => socket.write(frameOf(request, answer)), this.delayMs);
      }
    });
  }

  #answer(pdu: Buffer): Buffer | undefined {
    const code = pdu.readUInt8(0);
    if (code > 4) this.writes.push(pdu);
    else this.readsTotal += 1;
    const mischief = this.mischief(pdu);
    if (mischief === 'silent') return undefined;
    if (typeof mischief === 'object') return exceptionPdu(code, mischief.exception);
    const answer = this.#serveOne(code, pdu);
    return mischief === undefined ? answer : undefined;
  }

  #serveOne(code: number, pdu: Buffer): Buffer {
    const [start, second] = [pdu.readUInt16BE(1), pdu.readUInt16BE(3)];
    switch (code) {
      case 1:
      case 2: {
        const data = Buffer.alloc(Math.ceil(second / 8));
        for (let i = 0; i < second; i += 1) data[i >> 3]! |= this.coils[start + i]! << (i & 7);
        return Buffer.concat([Buffer.of(code, data.length), data]);
      }
      case 3:
      case 4: {
        const data = Buffer.alloc(second * 2);
        for (let i = 0; i < second; i += 1) data.writeUInt16BE(this.registers[start + i]!, i * 2);
        return Buffer.concat([Buffer.of(code, data.length), data]);
      }
      case 5:
        this.coils[start] = second === 0xff00 ? 1 : 0;
        return pdu;
      case 6:
        this.registers[start] = second;
        return pdu;
      case 15:
        for (let i = 0; i < second; i += 1) this.coils[start + i] = (pdu[6 + (i >> 3)]! >> (i & 7)) & 1;
        return pdu.subarray(0, 5);
      case 16:
        for (let i = 0; i < second; i += 1) this.registers[start + i] = pdu.readUInt16BE(6 + i * 2);
        return pdu.subarray(0, 5);
      case 22: {
        const or = pdu.readUInt16BE(5);
        this.registers[start] = (this.registers[start]! & second) | (or & ~second & 0xffff);
        return pdu;
      }
      default:
        return exceptionPdu(code, 1);
    }
  }
}
