/**
 * What waits to be published: bounded, in order, the oldest given up first. `send` takes the next ones; while it fails they
 * stay and wait for `resume`.
 */
export class OutletQueue<T> {
  readonly #send: (items: readonly T[]) => Promise<void>;
  readonly #waitingMax: number;
  readonly #batchMax: number;
  #waiting: T[] = [];
  #begin = 0;
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
    for (const item of items) this.#waiting.push(item);
    const excess = this.length - this.#waitingMax;
    if (excess > 0) {
      this.#dropped += excess;
      this.#begin += excess;
    }
    this.#shorten();
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
        this.#begin += Math.max(0, batch.length - (this.#dropped - before));
        this.#shorten();
      } catch {
        this.#isOpen = false;
      }
    }
    this.#isSending = false;
  }

  #shorten(): void {
    if (this.#begin < 1_000 && this.#begin < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#begin);
    this.#begin = 0;
  }
}
