import type { ColumnArrays, SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';

const firstCapacity = 1024;
/** Blocks kept for reuse per kind: one being filled has its own, so two cover a commit that is under way. */
const sparesMax = 2;

const newValues: { readonly [K in ColumnKind]: (capacity: number) => ColumnArrays[K] } = {
  number: (capacity) => new Float64Array(capacity),
  integer64: (capacity) => new BigInt64Array(capacity),
  unsigned64: (capacity) => new BigUint64Array(capacity),
  boolean: (capacity) => new Uint8Array(capacity),
  text: () => [],
};

interface Arrays<K extends ColumnKind> {
  readonly tags: Uint32Array;
  readonly sourceTimes: Float64Array;
  readonly statuses: Uint32Array;
  readonly values: ColumnArrays[K];
}

/** One kind of column while it fills. `add` costs a few stores; the arrays double when they are full. */
export class ColumnBuilder<K extends ColumnKind = ColumnKind> {
  readonly #kind: K;
  readonly #spares: Arrays<K>[] = [];
  #arrays: Arrays<K>;
  #capacity = firstCapacity;
  #count = 0;

  constructor(kind: K) {
    this.#kind = kind;
    this.#arrays = newArrays(kind, firstCapacity);
  }

  get count(): number {
    return this.#count;
  }

  add(tag: number, sourceTime: number, status: number, value: ColumnArrays[K][number]): void {
    if (this.#count === this.#capacity) this.#grow();
    const row = this.#count;
    const { tags, sourceTimes, statuses, values } = this.#arrays;
    tags[row] = tag;
    sourceTimes[row] = sourceTime;
    statuses[row] = status;
    values[row] = value;
    this.#count = row + 1;
  }

  /** Hands over what is there and begins afresh in other arrays. */
  take(): SampleBlock<K> {
    const block = { kind: this.#kind, count: this.#count, ...this.#arrays };
    this.#arrays = this.#spares.pop() ?? newArrays(this.#kind, firstCapacity);
    this.#capacity = this.#arrays.tags.length;
    this.#count = 0;
    return block;
  }

  /** Takes back the arrays of a block nobody reads any more. */
  recycle({ tags, sourceTimes, statuses, values }: SampleBlock<K>): void {
    if (this.#spares.length >= sparesMax) return;
    if (Array.isArray(values)) values.length = 0;
    this.#spares.push({ tags, sourceTimes, statuses, values });
  }

  #grow(): void {
    const old = this.#arrays;
    const grown = newArrays(this.#kind, this.#capacity * 2);
    grown.tags.set(old.tags);
    grown.sourceTimes.set(old.sourceTimes);
    grown.statuses.set(old.statuses);
    copyValues(old.values, grown.values);
    this.#arrays = grown;
    this.#capacity *= 2;
  }
}

function newArrays<K extends ColumnKind>(kind: K, capacity: number): Arrays<K> {
  return {
    tags: new Uint32Array(capacity),
    sourceTimes: new Float64Array(capacity),
    statuses: new Uint32Array(capacity),
    values: newValues[kind](capacity),
  };
}

function copyValues<V extends ColumnArrays[ColumnKind]>(from: V, to: V): void {
  for (let row = 0; row < from.length; row += 1) to[row] = from[row]!;
}

export interface SampleColumnsOptions {
  /** The first sample since the last `take` has come. */
  readonly onFirst: () => void;
  /** `fullSamples` samples are waiting, or as much text as a batch may carry. */
  readonly onFull: () => void;
  readonly fullSamples: number;
}

/** Characters of text in one batch: far from the 16 MiB a message to the cloud may have, in any script. */
const fullTextLength = 2_000_000;

/** The columns all sources of the agent fill together. */
export class SampleColumns {
  readonly number = new ColumnBuilder('number');
  readonly integer64 = new ColumnBuilder('integer64');
  readonly unsigned64 = new ColumnBuilder('unsigned64');
  readonly boolean = new ColumnBuilder('boolean');
  readonly text = new ColumnBuilder('text');
  readonly #options: SampleColumnsOptions;
  #count = 0;
  #textLength = 0;

  constructor(options: SampleColumnsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  /** To be called after each `add` to a builder: the builders stay free of everything but storing. */
  added(textLength = 0): void {
    this.#count += 1;
    if (this.#count === 1) this.#options.onFirst();
    const hadRoom = this.#textLength < fullTextLength;
    this.#textLength += textLength;
    const isFull = hadRoom && this.#textLength >= fullTextLength;
    if (isFull || this.#count === this.#options.fullSamples) this.#options.onFull();
  }

  take(): SampleBlock[] {
    this.#count = 0;
    this.#textLength = 0;
    return this.#builders().flatMap((builder) => (builder.count > 0 ? [builder.take()] : []));
  }

  recycle(blocks: readonly SampleBlock[]): void {
    for (const block of blocks) (this[block.kind] as ColumnBuilder).recycle(block);
  }

  #builders(): ColumnBuilder[] {
    return [this.number, this.integer64, this.unsigned64, this.boolean, this.text] as ColumnBuilder[];
  }
}
