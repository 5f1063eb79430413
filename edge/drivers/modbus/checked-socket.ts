import { Socket } from 'node:net';
import { FrameCheck } from './framing.ts';

/** Numbers requests over all connections to a source, so that no answer to an old one can carry the number of a new one. */
export class TransactionCounter {
  #last = 0;

  next(): number {
    this.#last = (this.#last + 1) & 0xffff;
    return this.#last;
  }
}

/**
 * A TCP socket that shows its listeners only whole replies that passed the frame check, and destroys itself on the
 * first that does not. The client library takes a socket but no filter, so the filter sits in the socket. The library
 * also begins at transaction 1 on every connection and starts over after 255; on the wire the counter's number is used.
 */
export class CheckedSocket extends Socket {
  readonly #check = new FrameCheck();
  readonly #transactions: TransactionCounter;
  #libraryTransaction = 0;

  constructor(transactions: TransactionCounter) {
    super();
    this.#transactions = transactions;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#libraryTransaction = chunk.readUInt16BE(0);
    chunk.writeUInt16BE(this.#transactions.next(), 0);
    this.#check.expect(chunk);
    super._write(chunk, encoding, callback);
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'data') return super.emit(event, ...args);
    if (this.destroyed) return true;
    try {
      const frame = this.#check.accept(args[0] as Buffer);
      if (frame === undefined) return true;
      frame.writeUInt16BE(this.#libraryTransaction, 0);
      return super.emit('data', frame);
    } catch (error) {
      this.destroy(error as Error);
      return true;
    }
  }
}
