import type { DuckDBDataChunk } from '@duckdb/node-api';
import { badFrom } from './store-schema.ts';

/** Of one bucket, in the order of the columns a statement for buckets gives behind the tag. */
const figures = 13;

/**
 * Buckets of one tag from its samples in their order. A sum, an extreme and its time cost a few comparisons a sample where the
 * order is known; the store, which groups by hashes, takes three times as long for the same.
 */
export class BucketFold {
  readonly #bucketAt: (time: number) => readonly [begin: number, end: number];
  readonly #done: number[] = [];
  #begun = Number.NaN;
  #end = Number.NEGATIVE_INFINITY;
  #count = 0;
  #bad = 0;
  #worst = 0;
  /** Of samples that have a value as a number. */
  #numbers = 0;
  #sum = 0;
  #low = 0;
  #lowTime = 0;
  #high = 0;
  #highTime = 0;
  #first = 0;
  #firstTime = 0;
  #last = 0;
  #lastTime = 0;

  /** `bucketAt`: the bucket a time lies in. */
  constructor(bucketAt: (time: number) => readonly [begin: number, end: number]) {
    this.#bucketAt = bucketAt;
  }

  /** Columns: time, status, value as number or null. */
  add(chunk: DuckDBDataChunk): void {
    const [times, statuses, values] = [0, 1, 2].map((column) => chunk.getColumnVector(column));
    // Asked once: each time it is a call into the library.
    const { rowCount } = chunk;
    for (let row = 0; row < rowCount; row += 1) {
      this.#addSample(
        times!.getItem(row) as number,
        statuses!.getItem(row) as number,
        values!.getItem(row) as number | null,
      );
    }
  }

  #addSample(time: number, status: number, value: number | null): void {
    if (time >= this.#end) this.#begin(time);
    if (status > this.#worst) this.#worst = status;
    if (status >= badFrom) this.#bad += 1;
    else this.#count += 1;
    if (value === null) return;
    if (this.#numbers === 0) {
      this.#low = this.#high = this.#first = value;
      this.#lowTime = this.#highTime = this.#firstTime = time;
    } else if (value < this.#low) {
      this.#low = value;
      this.#lowTime = time;
    } else if (value > this.#high) {
      this.#high = value;
      this.#highTime = time;
    }
    this.#numbers += 1;
    this.#sum += value;
    this.#last = value;
    this.#lastTime = time;
  }

  #begin(time: number): void {
    this.#finish();
    [this.#begun, this.#end] = this.#bucketAt(time);
    this.#count = this.#bad = this.#worst = this.#numbers = this.#sum = 0;
  }

  #finish(): void {
    if (Number.isNaN(this.#begun)) return;
    this.#done.push(this.#begun, this.#count, this.#bad, this.#worst);
    if (this.#numbers === 0) {
      for (let figure = 4; figure < figures; figure += 1) this.#done.push(Number.NaN);
      return;
    }
    const mean = Math.max(this.#low, Math.min(this.#high, this.#sum / this.#numbers));
    this.#done.push(this.#low, this.#lowTime, this.#high, this.#highTime, mean);
    this.#done.push(this.#first, this.#firstTime, this.#last, this.#lastTime);
  }

  /** One array a figure. */
  columns(): Float64Array[] {
    this.#finish();
    this.#begun = Number.NaN;
    const count = this.#done.length / figures;
    return Array.from({ length: figures }, (_, figure) =>
      Float64Array.from({ length: count }, (_, i) => this.#done[i * figures + figure]!),
    );
  }
}
