import type { StoredDocument } from './document.ts';
import { refused } from './store-error.ts';

/** The part of a driver's cursor mongoose uses. The result is fixed at the first call, not at creation. */
export class StoreCursor {
  readonly #load: () => Promise<StoredDocument[]>;
  #rows: Promise<StoredDocument[]> | undefined;
  #position = 0;
  #closed = false;

  constructor(load: () => Promise<StoredDocument[]>) {
    this.#load = load;
  }

  async next(): Promise<StoredDocument | null> {
    const rows = await this.#loaded();
    if (this.#closed) return null;
    const row = rows[this.#position] ?? null;
    this.#position += 1;
    return row;
  }

  async hasNext(): Promise<boolean> {
    const rows = await this.#loaded();
    return !this.#closed && this.#position < rows.length;
  }

  async toArray(): Promise<StoredDocument[]> {
    const rows = (await this.#loaded()).slice(this.#position);
    this.#position += rows.length;
    return rows;
  }

  rewind(): void {
    this.#rows = undefined;
    this.#position = 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** Hints for a network; meaningless here. */
  addCursorFlag(): this {
    return this;
  }

  explain(): Promise<never> {
    return Promise.reject(refused('explain'));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StoredDocument> {
    for (let row = await this.next(); row !== null; row = await this.next()) yield row;
  }

  #loaded(): Promise<StoredDocument[]> {
    this.#rows ??= this.#load();
    return this.#rows;
  }
}
