import type { LiveRequest } from '../wire/live.ts';

/** What a program follows over one connection: its requests, of which several may name the same thing. */
export class LiveFollowing {
  readonly #requests = new Set<LiveRequest>();

  /** The returned function takes it out again and tells what nobody follows any more, if anything. */
  add(request: LiveRequest): () => LiveRequest | undefined {
    const own = { ...request };
    this.#requests.add(own);
    return () => {
      if (!this.#requests.delete(own)) return undefined;
      const tags = without(own.tags, new Set([...this.#tags(false), ...this.#tags(true)]));
      const assets = without(own.assets, this.#all('assets'));
      const pages = without(own.pages, this.#all('pages'));
      return tags.length + assets.length + pages.length === 0 ? undefined : { tags, assets, pages };
    };
  }

  /** Everything, as few requests as it can be: what a new connection asks for. */
  requests(): LiveRequest[] {
    if (this.#requests.size === 0) return [];
    const every = [...this.#tags(true)];
    const first = { tags: [...this.#tags(false)], assets: [...this.#all('assets')], pages: [...this.#all('pages')] };
    return every.length === 0 ? [first] : [first, { tags: every, every: true }];
  }

  get everySample(): boolean {
    return this.#tags(true).size > 0;
  }

  #tags(every: boolean): Set<string> {
    const requests = [...this.#requests].filter((request) => (request.every === true) === every);
    return new Set(requests.flatMap(({ tags }) => tags ?? []));
  }

  #all(key: 'assets' | 'pages'): Set<string> {
    return new Set([...this.#requests].flatMap((request) => request[key] ?? []));
  }
}

function without(ids: readonly string[] | undefined, kept: ReadonlySet<string>): string[] {
  return [...new Set(ids)].filter((id) => !kept.has(id));
}
