import { EventEmitter } from 'node:events';
import type { Answer, Framing } from './framing.ts';

/**
 * What the client library takes for its port. It finds here only whole replies that passed the frame check; it knows each
 * request by its slot, read from the two underscored fields as from every port of its own.
 */
export class LibraryPort extends EventEmitter {
  isOpen = true;
  _transactionIdRead = 0;
  _transactionIdWrite = 0;
  readonly #framing: Framing;
  readonly #send: (bytes: Buffer) => void;

  constructor(framing: Framing, send: (bytes: Buffer) => void) {
    super();
    this.#framing = framing;
    this.#send = send;
  }

  open(done: (error?: Error) => void): void {
    done();
  }

  write(request: Buffer): void {
    this.#send(this.#framing.encode(request, this._transactionIdWrite));
  }

  pass({ slot, frame }: Answer): void {
    this._transactionIdRead = slot;
    this.emit('data', frame);
  }
}
