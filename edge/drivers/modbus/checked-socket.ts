import { Socket } from 'node:net';
import { FrameCheck } from './framing.ts';

/**
 * A TCP socket that shows its listeners only whole replies that passed the frame check, and destroys itself on the
 * first that does not. The client library takes a socket but no filter, so the filter sits in the socket.
 */
export class CheckedSocket extends Socket {
  readonly #check = new FrameCheck();

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#check.expect(chunk);
    super._write(chunk, encoding, callback);
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'data') return super.emit(event, ...args);
    if (this.destroyed) return true;
    try {
      const frame = this.#check.accept(args[0] as Buffer);
      return frame === undefined ? true : super.emit('data', frame);
    } catch (error) {
      this.destroy(error as Error);
      return true;
    }
  }
}
