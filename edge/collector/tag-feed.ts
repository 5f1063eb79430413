import type { FollowedTag, TagFollower } from '@gongfu/shared/sdk/driver';
import type { TagTable } from './tag-table.ts';

interface Following {
  readonly source: string;
  readonly tag: string;
  readonly follower: TagFollower;
}

/** Who follows which tag, over the life of all sources: one that is configured anew is followed on. */
export class TagFeed {
  readonly #tables = new Map<string, TagTable>();
  readonly #followings = new Set<Following>();

  /** The tags of its source are in this table from now on. */
  attach(table: TagTable): void {
    this.#tables.set(table.source, table);
    for (const following of this.#followings) if (following.source === table.source) this.#join(following);
  }

  /** Its source runs no more; where it is configured anew another table has taken its place. */
  detach(table: TagTable): void {
    if (this.#tables.get(table.source) === table) this.#tables.delete(table.source);
  }

  /** See `DriverContext.follow`; `end` ends it. @throws Error where there is no such tag */
  follow(source: string, tag: string, follower: TagFollower): FollowedTag & { readonly end: () => void } {
    const following = { source, tag, follower };
    const followed = this.#join(following);
    if (followed === undefined) throw new Error(`there is no tag ${tag} of a source ${source}`);
    this.#followings.add(following);
    return {
      ...followed,
      end: () => {
        this.#followings.delete(following);
        this.#tables.get(source)?.unfollow(tag, follower);
      },
    };
  }

  #join({ source, tag, follower }: Following): FollowedTag | undefined {
    return this.#tables.get(source)?.follow(tag, follower);
  }
}
