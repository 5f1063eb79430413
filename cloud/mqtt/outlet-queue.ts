import type { Sample } from '@gongfu/shared/model/sample';

/** Characters of texts that may wait, together: tens of thousands of long ones would be gigabytes. */
const charactersMax = 16 * 1024 ** 2;

/**
 * What waits to be published: bounded, in order, the oldest given up first. `send` takes the next ones; while it fails they
 * stay and wait for `resume`.
 */
export class OutletQueue<T extends { readonly sample: Pick<Sample, 'value'> }> {
  readonly #send: (items: readonly T[]) => Promise<void>;
  readonly #waitingMax: number;
  readonly #batchMax: number;
  #waiting: T[] = [];
  #begin = 0;
  #characters = 0;
  #isSending = false;
  #isOpen = false;
  #dropped = 0;
  #sent = 0;

  constructor(options: { send: (items: readonly T[]) => Promise<void>; waitingMax: number; batchMax: number }) {
    this.#send = options.send;
    this.#waitingMax = options.waitingMax;
    this.#batchMax = options.batchMax;
  }

  /** Given up because more was waiting than may. */
  get dropped(): number {
    return this.#dropped;
  }

  get sent(): number {
    return this.#sent;
  }

  get length(): number {
    return this.#waiting.length - this.#begin;
  }

  push(items: readonly T[]): void {
    for (const item of items) {
      this.#waiting.push(item);
      this.#characters += charactersOf(item);
    }
    let excess = Math.max(0, this.length - this.#waitingMax);
    let characters = this.#charactersIn(excess);
    while (this.#characters - characters > charactersMax) {
      characters += charactersOf(this.#waiting[this.#begin + excess]!);
      excess += 1;
    }
    this.#dropped += excess;
    this.#leave(excess);
    void this.#run();
  }

  resume(): void {
    this.#isOpen = true;
    void this.#run();
  }

  pause(): void {
    this.#isOpen = false;
  }

  async #run(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#isOpen && this.length > 0) {
      const batch = this.#waiting.slice(this.#begin, this.#begin + this.#batchMax);
      const before = this.#dropped;
      try {
        await this.#send(batch);
        this.#sent += batch.length;
        // Some of them may have been given up while they were on their way.
        this.#leave(Math.max(0, batch.length - (this.#dropped - before)));
      } catch {
        this.#isOpen = false;
      }
    }
    this.#isSending = false;
  }

  /** The first so many are gone, and no text of theirs is kept. */
  #leave(count: number): void {
    const characters = this.#charactersIn(count);
    this.#characters -= characters;
    this.#begin += count;
    if (characters === 0 && this.#begin < 1_000 && this.#begin < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#begin);
    this.#begin = 0;
  }

  #charactersIn(count: number): number {
    let sum = 0;
    for (let i = 0; i < count; i += 1) sum += charactersOf(this.#waiting[this.#begin + i]!);
    return sum;
  }
}

function charactersOf({ sample: { value } }: { readonly sample: Pick<Sample, 'value'> }): number {
  return typeof value === 'string' ? value.length : 0;
}
