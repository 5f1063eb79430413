import type { OnReadOpts, Socket } from 'node:net';
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

/** Bytes read at a time: some thirty answers. */
const readBytes = 8192;

/**
 * Where a socket that dials puts what it reads: the same place again and again, of which each answer is a small copy. As a stream it
 * would take 64 KiB anew for every answer.
 */
export class ReadPlace {
  #onBytes: (bytes: Buffer) => void = () => {};
  readonly options: OnReadOpts = {
    buffer: Buffer.allocUnsafe(readBytes),
    callback: (length, place) => {
      this.#onBytes(Buffer.from(place.subarray(0, length)));
      return true;
    },
  };

  use(onBytes: (bytes: Buffer) => void): void {
    this.#onBytes = onBytes;
  }
}

/** A connected socket as a channel. One made with the options of a `ReadPlace` is paused until it is used. */
export class SocketChannel implements Channel {
  readonly #socket: Socket;
  readonly #readPlace: ReadPlace | undefined;

  constructor(socket: Socket, readPlace?: ReadPlace) {
    this.#socket = socket;
    this.#readPlace = readPlace;
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
    if (this.#readPlace === undefined) this.#socket.on('data', onBytes);
    else this.#readPlace.use(onBytes);
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
