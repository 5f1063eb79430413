import type { Logger } from '@gongfu/shared/base/logger';
import type { InfluxLink } from './influx-link.ts';
import { isCut, WriteRefused } from './influx-problems.ts';

const linesPerRequest = 20_000;
const requestsAtOnce = 3;
/** So many single lines are looked for in one append; what is refused beyond them is put aside as a piece. */
const singlesMax = 64;
/** A connection that is cut over less is not cut for its size. */
const tooLargeMin = 65_536;

/** What the server refused, and why. */
export interface RefusedLines {
  readonly lines: readonly string[];
  readonly reason: string;
}

/**
 * Lines in requests of a size the server takes. A refused request is halved until the poisoned lines stand alone: the rest
 * is stored. Whatever passes by itself is the caller's to send again, all of it: lines that were stored overwrite themselves.
 * So is a request whose connection was cut, but when it happens again at its size, it is halved too.
 */
export class LineWriter {
  readonly #link: InfluxLink;
  readonly #log: Logger;
  /** Characters of the smallest request that was cut while none as large has passed. */
  #cutFrom = Number.POSITIVE_INFINITY;

  constructor(options: { link: InfluxLink; log: Logger }) {
    this.#link = options.link;
    this.#log = options.log;
  }

  /** Durable when it resolves, but for what it returns. @throws Problem */
  async write(lines: readonly string[]): Promise<RefusedLines[]> {
    const refused: RefusedLines[] = [];
    const pieces: (readonly string[])[] = [];
    for (let at = 0; at < lines.length; at += linesPerRequest) pieces.push(lines.slice(at, at + linesPerRequest));
    const worker = async (): Promise<void> => {
      for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) await this.#send(piece, refused);
    };
    // All come to their end before a failure is told: nothing of an append is under way after it.
    const ends = await Promise.allSettled(Array.from({ length: requestsAtOnce }, worker));
    for (const end of ends) if (end.status === 'rejected') throw end.reason as Error;
    return refused;
  }

  async #send(lines: readonly string[], refused: RefusedLines[]): Promise<void> {
    const body = lines.join('\n');
    try {
      await this.#link.write(body);
      if (body.length >= this.#cutFrom) this.#cutFrom = Number.POSITIVE_INFINITY;
    } catch (error) {
      if (error instanceof WriteRefused) {
        const { answered, reason } = error;
        if (lines.length === 1 || (answered !== 413 && refused.length >= singlesMax)) {
          this.#log.error({ lines: lines.length, status: answered }, `InfluxDB refuses samples: ${reason}`);
          refused.push({ lines, reason: `${answered}, ${reason}` });
          return;
        }
      } else if (lines.length === 1 || !isCut(error) || !this.#isCutAgain(body.length)) throw error;
      const middle = lines.length >>> 1;
      await this.#send(lines.slice(0, middle), refused);
      await this.#send(lines.slice(middle), refused);
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
