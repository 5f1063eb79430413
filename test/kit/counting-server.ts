import { createServer, type Server, type Socket } from 'node:net';

/**
 * A Modbus TCP server that counts: every answer to a read of register 0 carries the next number (uint32 in registers
 * 0–1), so each answered poll is an obligation of its own. Other registers hold their address. Its own frames, not the
 * library the agent reads with.
 */
export class CountingServer {
  /** Wall-clock time at which number n was answered: `servedAt[n]`; 0 is never served. */
  readonly servedAt: number[] = [0];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let pending = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 12) {
        socket.write(this.#answer(pending.subarray(0, 12)));
        pending = pending.subarray(12);
      }
    });
  }

  #answer(request: Buffer): Buffer {
    const address = request.readUInt16BE(8);
    const count = request.readUInt16BE(10);
    const answer = Buffer.alloc(9 + count * 2);
    request.copy(answer, 0, 0, 8);
    answer.writeUInt16BE(3 + count * 2, 4);
    answer[8] = count * 2;
    for (let i = 0; i < count; i += 1) answer.writeUInt16BE(address + i, 9 + i * 2);
    if (address === 0) answer.writeUInt32BE(this.servedAt.push(Date.now()) - 1, 9);
    return answer;
  }
}
