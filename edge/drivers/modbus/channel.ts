import type { Socket } from 'node:net';
import { messageOf } from '@gongfu/shared/base/problem';

/** An open way for bytes to a source and back. */
export interface Channel {
  write(bytes: Buffer): void;
  /** To be called once, directly after opening. `onClosed` is called once, whoever closes. */
  use(onBytes: (bytes: Buffer) => void, onClosed: (reason: string) => void): void;
  destroy(): void;
}

/** Makes the way to one source, one channel at a time, again and again. */
export interface Transport {
  /** What a person knows it by, as `10.0.0.11:502` or `/dev/ttyUSB0`. */
  readonly place: string;
  /** Rejects with an Error saying why the source cannot be reached. */
  open(): Promise<Channel>;
  /** Ends an attempt to open, and lets go of what outlives a channel. */
  stop(): void;
}

/** A connected socket as a channel. */
export class SocketChannel implements Channel {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  use(onBytes: (bytes: Buffer) => void, onClosed: (reason: string) => void): void {
    let reason = 'the source closed the connection';
    this.#socket.on('error', (error) => {
      reason = messageOf(error);
    });
    this.#socket.once('close', () => onClosed(reason));
    this.#socket.on('data', onBytes);
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
