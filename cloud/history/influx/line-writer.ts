import type { Logger } from '@gongfu/shared/base/logger';
import type { InfluxLink } from './influx-link.ts';
import { isCut, WriteRefused } from './influx-problems.ts';
import type { LineBuffer } from './line-buffer.ts';

const requestsAtOnce = 3;
/** So many single lines are looked for in one append; what is refused beyond them is put aside as a piece. */
const singlesMax = 64;
/** A connection that is cut over less is not cut for its size. */
const tooLargeMin = 65_536;
const lineFeed = 10;

/** What the server refused, and why. */
export interface RefusedLines {
  readonly bytes: Uint8Array;
  readonly lines: number;
  readonly reason: string;
}

/**
 * Lines in requests, a few at once. A refused request is halved until the poisoned lines stand alone: the rest is stored.
 * Whatever passes by itself is the caller's to send again, all of it: lines that were stored overwrite themselves.
 * So is a request whose connection was cut, but when it happens again at its size, it is halved too.
 */
export class LineWriter {
  readonly #link: InfluxLink;
  readonly #log: Logger;
  /** Bytes of the smallest request that was cut while none as large has passed. */
  #cutFrom = Number.POSITIVE_INFINITY;

  constructor(options: { link: InfluxLink; log: Logger }) {
    this.#link = options.link;
    this.#log = options.log;
  }

  /** Takes what the buffer holds, a request each. Durable when it resolves, but for what it returns. @throws Problem */
  async write(lines: LineBuffer): Promise<RefusedLines[]> {
    const refused: RefusedLines[] = [];
    const left = lines.take();
    const worker = async (): Promise<void> => {
      for (let piece = left.shift(); piece !== undefined; piece = left.shift()) {
        // An answer that refuses may come before its request has been sent whole.
        if (await this.#send(piece, refused)) lines.giveBack(piece);
      }
    };
    // All come to their end before a failure is told: nothing of an append is under way after it.
    const ends = await Promise.allSettled(Array.from({ length: requestsAtOnce }, worker));
    for (const end of ends) if (end.status === 'rejected') throw end.reason as Error;
    return refused;
  }

  /** Whether it was stored at once. */
  async #send(bytes: Uint8Array, refused: RefusedLines[]): Promise<boolean> {
    try {
      await this.#link.write(bytes);
      if (bytes.length >= this.#cutFrom) this.#cutFrom = Number.POSITIVE_INFINITY;
      return true;
    } catch (error) {
      const middle = middleOf(bytes);
      if (error instanceof WriteRefused) {
        const { answered, reason } = error;
        if (middle < 0 || (answered !== 413 && refused.length >= singlesMax)) {
          const lines = linesIn(bytes);
          this.#log.error({ lines, status: answered }, `InfluxDB refuses samples: ${reason}`);
          refused.push({ bytes, lines, reason: `${answered}, ${reason}` });
          return false;
        }
      } else if (middle < 0 || !isCut(error) || !this.#isCutAgain(bytes.length)) throw error;
      await this.#send(bytes.subarray(0, middle), refused);
      await this.#send(bytes.subarray(middle + 1), refused);
      return false;
    }
  }

  #isCutAgain(size: number): boolean {
    if (size < tooLargeMin) return false;
    const isAgain = size >= this.#cutFrom;
    if (!isAgain)
      this.#log.warn({ size }, 'the connection to InfluxDB was cut; when it is again, requests become smaller');
    this.#cutFrom = Math.min(this.#cutFrom, size);
    return isAgain;
  }
}

/** The end of a line near the middle, -1 where there is one line alone. */
function middleOf(bytes: Uint8Array): number {
  const after = bytes.indexOf(lineFeed, bytes.length >>> 1);
  return after < 0 ? bytes.lastIndexOf(lineFeed) : after;
}

function linesIn(bytes: Uint8Array): number {
  let lines = 1;
  for (const byte of bytes) if (byte === lineFeed) lines += 1;
  return lines;
}
