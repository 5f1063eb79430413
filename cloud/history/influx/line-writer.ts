import type { Logger } from '@gongfu/shared/base/logger';
import type { InfluxLink } from './influx-link.ts';
import { WriteRefused } from './influx-problems.ts';

const linesPerRequest = 20_000;
const requestsAtOnce = 3;
/** So many single lines are looked for in one append; what is refused beyond them is put aside as a piece. */
const singlesMax = 64;

/** What the server refused, and why. */
export interface RefusedLines {
  readonly lines: readonly string[];
  readonly reason: string;
}

/**
 * Lines in requests of a size the server takes. A refused request is halved until the poisoned lines stand alone: the rest
 * is stored. Whatever passes by itself is the caller's to send again, all of it: lines that were stored overwrite themselves.
 */
export class LineWriter {
  readonly #link: InfluxLink;
  readonly #log: Logger;

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
    try {
      await this.#link.write(lines.join('\n'));
    } catch (error) {
      if (!(error instanceof WriteRefused)) throw error;
      if (lines.length === 1 || (error.answered !== 413 && refused.length >= singlesMax)) {
        const { answered, reason } = error;
        this.#log.error({ lines: lines.length, status: answered }, `InfluxDB refuses samples: ${reason}`);
        refused.push({ lines, reason: `${answered}, ${reason}` });
        return;
      }
      const middle = lines.length >>> 1;
      await this.#send(lines.slice(0, middle), refused);
      await this.#send(lines.slice(middle), refused);
    }
  }
}
