import type { SampleBlock } from '@gongfu/shared/model/sample';

const firstCapacity = 1024;
const none = -1;

/** A number for each tag while some samples are looked at: an array by history number, which a map is far too slow for. */
export class TagNotes {
  #notes = new Float64Array(0);

  /** Hands over what holds -1 for each tag of these blocks; when it ends all is forgotten. */
  during<T>(blocks: readonly SampleBlock[], task: (notes: Float64Array) => T): T {
    this.#growFor(blocks);
    try {
      return task(this.#notes);
    } finally {
      for (const { count, tags } of blocks) for (let row = 0; row < count; row += 1) this.#notes[tags[row]!] = none;
    }
  }

  #growFor(blocks: readonly SampleBlock[]): void {
    let highest = 0;
    for (const { count, tags } of blocks)
      for (let row = 0; row < count; row += 1) if (tags[row]! > highest) highest = tags[row]!;
    if (highest < this.#notes.length) return;
    this.#notes = new Float64Array(Math.max(highest + 1, this.#notes.length * 2, firstCapacity)).fill(none);
  }
}
