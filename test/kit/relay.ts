import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A stretch of network between a client and a server, to be cut and mended: a port of the loopback that leads to another. */
export class Relay {
  /** Hears every piece that goes on to the server. */
  onSent: (bytes: Buffer) => void = () => {};
  readonly #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #server: Server | undefined;
  #way: 'open' | 'refused' | 'silent' = 'open';

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
  }

  /** @returns the port to connect to */
  async start(): Promise<number> {
    this.#server = createServer((near) => this.#join(near));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#drop();
    this.#server?.close();
  }

  /** As a server that is gone: what is open is reset, what comes is reset too. */
  refuse(): void {
    this.#way = 'refused';
    this.#drop();
  }

  /** As a frozen machine or a wall that swallows: connections stay and nothing comes through any more. */
  silence(): void {
    this.#way = 'silent';
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  restore(): void {
    this.#way = 'open';
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  #join(near: Socket): void {
    if (this.#way === 'refused') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target);
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('error', () => {});
      from.on('data', (bytes) => {
        if (to === far) this.onSent(bytes);
        to.write(bytes);
      });
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
      if (this.#way === 'silent') from.pause();
    }
  }

  #drop(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }
}
