import type { Socket } from 'node:net';
import type { Clock } from '@gongfu/shared/base/clock';
import { type Channel, SocketChannel, type Transport } from './channel.ts';
import { type Callee, ListeningPort } from './listening-port.ts';
import type { ListenSettings } from './transport-config.ts';

export interface ListeningTransportOptions {
  readonly listen: ListenSettings;
  /** Longest wait for the device before the attempt counts as failed; it may come later. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * Waits for the device to dial in, as modems behind a mobile network do. A device that dials in again replaces its own
 * older connection: that one is half dead, and the modem knows it first.
 */
export class ListeningTransport implements Transport, Callee {
  readonly listen: ListenSettings;
  readonly #options: ListeningTransportOptions;
  #arrived: Socket | undefined;
  #inUse: Socket | undefined;
  #waiting: ((socket: Socket | undefined) => void) | undefined;

  constructor(options: ListeningTransportOptions) {
    this.#options = options;
    this.listen = options.listen;
  }

  get place(): string {
    const { port, from, registration } = this.listen;
    const who = from ?? (registration === undefined ? 'a device' : JSON.stringify(registration));
    return `${who} dialling in on port ${port}`;
  }

  async open(): Promise<Channel> {
    await ListeningPort.join(this, this.#options.clock);
    const socket = this.#arrived ?? (await this.#arrival());
    this.#arrived = undefined;
    if (socket === undefined) throw new Error(`no device has dialled in on port ${this.listen.port}`);
    this.#inUse = socket;
    return this.#channelOf(socket);
  }

  stop(): void {
    ListeningPort.leave(this);
    this.#waiting?.(undefined);
    this.#arrived?.destroy();
    this.#arrived = undefined;
  }

  arrived(socket: Socket): void {
    this.#inUse?.destroy();
    this.#inUse = undefined;
    this.#arrived?.destroy();
    this.#arrived = socket;
    socket.once('close', () => {
      if (this.#arrived === socket) this.#arrived = undefined;
    });
    this.#waiting?.(socket);
  }

  #arrival(): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const cancelDeadline = this.#options.clock.after(this.#options.timeoutMs, () => this.#waiting?.(undefined));
      this.#waiting = (socket) => {
        cancelDeadline();
        this.#waiting = undefined;
        resolve(socket);
      };
    });
  }

  #channelOf(socket: Socket): Channel {
    const channel = new SocketChannel(socket);
    const { keepAlive, registration } = this.listen;
    const chatter = [keepAlive, registration].flatMap((text) =>
      text === undefined ? [] : [Buffer.from(text, 'latin1')],
    );
    return {
      write: (bytes) => channel.write(bytes),
      use: (onBytes, onClosed) => {
        channel.use((bytes) => {
          const rest = chatter.reduce(withoutChatter, bytes);
          if (rest.length > 0) onBytes(rest);
        }, onClosed);
      },
      destroy: () => channel.destroy(),
    };
  }
}

/** The bytes without what the modem puts before or behind them on its own. */
function withoutChatter(bytes: Buffer, chatter: Buffer): Buffer {
  let rest = bytes;
  while (rest.length >= chatter.length && rest.subarray(0, chatter.length).equals(chatter)) {
    rest = rest.subarray(chatter.length);
  }
  while (rest.length >= chatter.length && rest.subarray(rest.length - chatter.length).equals(chatter)) {
    rest = rest.subarray(0, rest.length - chatter.length);
  }
  return rest;
}
