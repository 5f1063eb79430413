/** What a page shows live. */
export interface LivePage {
  readonly tags: readonly number[];
  readonly assets: readonly string[];
}

/** What one client asked for by name, and by page; what it follows is all of it. */
export class Wanted {
  readonly tags: Set<number>;
  readonly assets: Set<string>;
  readonly pages: Map<string, LivePage>;

  constructor(from?: Wanted) {
    this.tags = new Set(from?.tags);
    this.assets = new Set(from?.assets);
    this.pages = new Map(from?.pages);
  }

  allTags(): Set<number> {
    return new Set([...this.tags, ...[...this.pages.values()].flatMap(({ tags }) => tags)]);
  }

  allAssets(): Set<string> {
    return new Set([...this.assets, ...[...this.pages.values()].flatMap(({ assets }) => assets)]);
  }
}

export function without<T>(items: Iterable<T>, left: ReadonlySet<T>): T[] {
  return [...items].filter((item) => !left.has(item));
}
