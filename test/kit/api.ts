import type { RunningCloud } from './programs.ts';

export interface ApiSample {
  readonly sourceTime: string;
  readonly value: number | string | boolean | null;
  readonly quality: string;
  readonly status: number;
  readonly epoch: number;
  readonly sequence: number;
}

/** The cloud's HTTP interface as a signed-in program uses it. */
export class Api {
  readonly #url: string;
  #token = '';

  constructor(url: string) {
    this.#url = url;
  }

  get token(): string {
    return this.#token;
  }

  async signIn(cloud: Pick<RunningCloud, 'user' | 'password'>): Promise<void> {
    const { user, password } = cloud;
    this.#token = (await this.post<{ token: string }>('/api/v1/sessions', { user, password })).token;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>(path, undefined);
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>(path, body);
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>(path, body, 'PUT');
  }

  /** One-time code for a gateway of that name. */
  async code(name: string): Promise<string> {
    return (await this.post<{ code: string }>('/api/v1/gateways', { name })).code;
  }

  /** Id of a tag by its name. @throws Error when no gateway has declared it */
  async tag(name: string): Promise<string> {
    const { items } = await this.get<{ items: { id: string; name: string }[] }>('/api/v1/tags?limit=10000');
    const found = items.find((item) => item.name === name);
    if (found === undefined) throw new Error(`no tag ${name} among ${items.length}`);
    return found.id;
  }

  /** All raw samples of a tag in [from, to), page by page. */
  async samples(tag: string, from = 0, to = 4e12): Promise<ApiSample[]> {
    const all: ApiSample[] = [];
    let cursor: string | undefined;
    do {
      const next = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/api/v1/tags/${tag}/samples?from=${from}&to=${to}&limit=5000${next}`;
      const page: { items: ApiSample[]; cursor?: string } = await this.get(path);
      all.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  }

  async #ask<T>(path: string, body: object | undefined, method = body === undefined ? 'GET' : 'POST'): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
