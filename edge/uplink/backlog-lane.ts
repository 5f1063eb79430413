import type { BufferedBatch, TelemetryBuffer } from '../buffer/buffer.ts';

type Range = [first: number, last: number];

/** Everything on disk the live lane does not carry, oldest first, read a little at a time. */
export class BacklogLane {
  readonly #buffer: Pick<TelemetryBuffer, 'read'>;
  readonly #isStored: (sequence: number) => boolean;
  readonly #onStored: (sequence: number) => void;
  readonly #readBytesMax: number;
  /** Sequences not yet looked at, ascending. */
  readonly #ranges: Range[];
  #read: BufferedBatch[] = [];

  constructor(options: {
    buffer: Pick<TelemetryBuffer, 'read'>;
    lastSequence: number;
    /** What the cloud had of this epoch when it answered `hello`: told to `onStored` instead of being sent. */
    stored: readonly (readonly [number, number])[];
    onStored: (sequence: number) => void;
    readBytesMax: number;
  }) {
    this.#buffer = options.buffer;
    this.#isStored = (sequence) => options.stored.some(([first, last]) => sequence >= first && sequence <= last);
    this.#onStored = options.onStored;
    this.#readBytesMax = options.readBytesMax;
    this.#ranges = [[1, options.lastSequence]];
  }

  get isEmpty(): boolean {
    this.#fill();
    return this.#read.length === 0;
  }

  /** A batch the live lane gave up; later than all that is here. */
  add(sequence: number): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && last[1] === sequence - 1) last[1] = sequence;
    else this.#ranges.push([sequence, sequence]);
  }

  next(): BufferedBatch | undefined {
    this.#fill();
    return this.#read.shift();
  }

  #fill(): void {
    while (this.#read.length === 0 && this.#ranges.length > 0) {
      const range = this.#ranges[0]!;
      const found = this.#buffer.read(range[0] - 1, this.#readBytesMax).filter(({ sequence }) => sequence <= range[1]);
      if (found.length === 0) {
        this.#ranges.shift();
        continue;
      }
      range[0] = found.at(-1)!.sequence + 1;
      for (const batch of found) {
        if (this.#isStored(batch.sequence)) this.#onStored(batch.sequence);
        else this.#read.push(batch);
      }
    }
  }
}
