import { connect, type Socket } from 'node:net';
import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf } from '@gongfu/shared/base/problem';
import { type Channel, ReadPlace, SocketChannel, type Transport } from './channel.ts';

export interface TcpTransportOptions {
  readonly host: string;
  readonly port: number;
  /** Longest wait for the connection. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Dials a source in the network. */
export class TcpTransport implements Transport {
  readonly #options: TcpTransportOptions;
  #dialling: Socket | undefined;

  constructor(options: TcpTransportOptions) {
    this.#options = options;
  }

  get place(): string {
    return `${this.#options.host}:${this.#options.port}`;
  }

  async open(): Promise<Channel> {
    const { host, port, timeoutMs, clock } = this.#options;
    const readPlace = new ReadPlace();
    const socket = connect({ host, port, onread: readPlace.options }).pause();
    this.#dialling = socket;
    const cancelDeadline = clock.after(timeoutMs, () => {
      socket.destroy(new Error(`${this.place} did not accept a connection within ${timeoutMs} ms`));
    });
    await new Promise<void>((resolve, reject) => {
      let reason = 'the attempt was ended from here';
      socket.on('error', (error) => {
        reason = messageOf(error);
      });
      socket.once('close', () => reject(new Error(reason)));
      socket.once('connect', resolve);
    }).finally(cancelDeadline);
    socket.setNoDelay(true).setKeepAlive(true, 5_000);
    return new SocketChannel(socket, readPlace);
  }

  stop(): void {
    this.#dialling?.destroy();
    this.#dialling = undefined;
  }
}
