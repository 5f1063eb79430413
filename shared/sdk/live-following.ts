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
      const assets = without(own.assets, this.#assets());
      return tags.length + assets.length === 0 ? undefined : { tags, assets };
    };
  }

  /** Everything, as few requests as it can be: what a new connection asks for. */
  requests(): LiveRequest[] {
    if (this.#requests.size === 0) return [];
    const every = [...this.#tags(true)];
    const first = { tags: [...this.#tags(false)], assets: [...this.#assets()] };
    return every.length === 0 ? [first] : [first, { tags: every, every: true }];
  }

  get everySample(): boolean {
    return this.#tags(true).size > 0;
  }

  #tags(every: boolean): Set<string> {
    const requests = [...this.#requests].filter((request) => (request.every === true) === every);
    return new Set(requests.flatMap(({ tags }) => tags ?? []));
  }

  #assets(): Set<string> {
    return new Set([...this.#requests].flatMap(({ assets }) => assets ?? []));
  }
}

function without(ids: readonly string[] | undefined, kept: ReadonlySet<string>): string[] {
  return [...new Set(ids)].filter((id) => !kept.has(id));
}
