import { type SampleBlock, sampleAt } from '@gongfu/shared/model/sample';
import type { LiveSample } from '@gongfu/shared/wire/live';
import type { LiveClient } from './live-client.ts';
import { liveSample } from './live-sample.ts';

/** Who follows which tag, by the cloud's history number: what a commit is checked against, row by row. */
export class Followers {
  readonly #byTag = new Map<number, Set<LiveClient>>();

  get tags(): number {
    return this.#byTag.size;
  }

  add(client: LiveClient, tags: Iterable<number>): void {
    for (const tag of tags) {
      const followers = this.#byTag.get(tag);
      if (followers === undefined) this.#byTag.set(tag, new Set([client]));
      else followers.add(client);
    }
  }

  remove(client: LiveClient, tags: Iterable<number>): void {
    for (const tag of tags) {
      const followers = this.#byTag.get(tag);
      followers?.delete(client);
      if (followers?.size === 0) this.#byTag.delete(tag);
    }
  }

  /** Marks the tags of these samples for everybody who follows them; false when nobody does. */
  mark(blocks: readonly SampleBlock[]): boolean {
    if (this.#byTag.size === 0) return false;
    let marked = false;
    for (const block of blocks) {
      const { tags, count } = block;
      for (let row = 0; row < count; row += 1) {
        const followers = this.#byTag.get(tags[row]!);
        if (followers === undefined) continue;
        marked = true;
        tell(followers, block, row);
      }
    }
    return marked;
  }
}

/** A sample becomes an object only where somebody hears every one, and then one object for all who do. */
function tell(followers: Iterable<LiveClient>, block: SampleBlock, row: number): void {
  const tag = block.tags[row]!;
  let sample: LiveSample | undefined;
  for (const { conflation } of followers) {
    conflation.markTag(tag);
    if (!conflation.trail.tags.has(tag)) continue;
    sample ??= liveSample(tag, sampleAt(block, row));
    conflation.trail.add(tag, sample);
  }
}
