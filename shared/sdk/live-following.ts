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
      const tags = without(own.tags, this.#all('tags'));
      const assets = without(own.assets, this.#all('assets'));
      return tags.length + assets.length === 0 ? undefined : { tags, assets };
    };
  }

  /** Everything, as few requests as it can be: what a new connection asks for. */
  requests(): LiveRequest[] {
    if (this.#requests.size === 0) return [];
    return [{ tags: [...this.#all('tags')], assets: [...this.#all('assets')] }];
  }

  #all(key: 'tags' | 'assets'): Set<string> {
    return new Set([...this.#requests].flatMap((request) => request[key] ?? []));
  }
}

function without(ids: readonly string[] | undefined, kept: ReadonlySet<string>): string[] {
  return [...new Set(ids)].filter((id) => !kept.has(id));
}
