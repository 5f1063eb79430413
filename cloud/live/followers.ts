import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { LiveClient } from './live-client.ts';

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
    for (const { tags, count } of blocks) {
      for (let row = 0; row < count; row += 1) {
        const tag = tags[row]!;
        const followers = this.#byTag.get(tag);
        if (followers === undefined) continue;
        marked = true;
        for (const { conflation } of followers) conflation.markTag(tag);
      }
    }
    return marked;
  }
}
