import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP line that can be cut: connections are reset, and new ones refused until it is mended. */
export class CuttableLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #open = true;

  private constructor(target: number) {
    this.#server = createServer((socket) => {
      if (!this.#open) {
        socket.resetAndDestroy();
        return;
      }
      const far = connect(target, '127.0.0.1');
      socket.pipe(far).pipe(socket);
      for (const end of [socket, far]) {
        this.#sockets.add(end);
        end.on('error', () => undefined);
        end.on('close', () => {
          this.#sockets.delete(end);
          socket.destroy();
          far.destroy();
        });
      }
    });
  }

  static async to(target: number): Promise<CuttableLine> {
    const line = new CuttableLine(target);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the line is not open');
    return address.port;
  }

  cut(): void {
    this.#open = false;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#open = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
