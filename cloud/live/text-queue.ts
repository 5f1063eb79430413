import type { LiveSample } from '@gongfu/shared/wire/live';
import type { LongText } from '../history/history-store.ts';

/** Characters asked for at once; one text may be longer. */
const portionCharacters = 256 * 1024;
const againAfterMs = 1_000;

/**
 * Long texts one client waits for: read a portion at a time, the next one when that has been sent and the client can take more.
 * So of however many it follows no more than a portion is in memory for it.
 */
export class TextQueue {
  readonly #read: (tags: readonly number[]) => Promise<readonly LiveSample[]>;
  readonly #send: (samples: readonly LiveSample[]) => void;
  readonly #wanted = new Map<number, LongText>();
  #isReading = false;
  /** Monotonic ms of the newest flush, and before which nothing is asked for again. */
  #now = 0;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(options: {
    read: (tags: readonly number[]) => Promise<readonly LiveSample[]>;
    send: (samples: readonly LiveSample[]) => void;
  }) {
    this.#read = options.read;
    this.#send = options.send;
  }

  get waiting(): number {
    return this.#wanted.size;
  }

  want(text: LongText): void {
    this.#wanted.set(text.tag, text);
  }

  flush(monotonicMs: number): void {
    this.#now = monotonicMs;
    if (this.#wanted.size === 0 || this.#isReading || monotonicMs < this.#notBefore) return;
    const portion: LongText[] = [];
    let room = portionCharacters;
    for (const text of this.#wanted.values()) {
      room -= text.characters;
      if (room < 0 && portion.length > 0) break;
      portion.push(text);
      this.#wanted.delete(text.tag);
    }
    this.#isReading = true;
    void this.#bring(portion);
  }

  async #bring(portion: readonly LongText[]): Promise<void> {
    try {
      this.#send(await this.#read(portion.map(({ tag }) => tag)));
    } catch {
      this.#notBefore = this.#now + againAfterMs;
      for (const text of portion) if (!this.#wanted.has(text.tag)) this.#wanted.set(text.tag, text);
    } finally {
      this.#isReading = false;
    }
  }
}
