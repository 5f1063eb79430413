import type { LocalText } from '@gongfu/shared/model/asset';
import type { SessionOpened } from './api-shapes.ts';
import { askedAhead } from './head-start.ts';
import { observeServerDate } from './server-clock.ts';
import { SessionTokens, type TokenPair } from './session-tokens.ts';

interface ProblemPlace {
  readonly where: string;
  readonly what: string;
}

/** A refusal of the platform (RFC 9457), or `network-unreachable` when there was no answer at all. */
export class ApiProblem extends Error {
  readonly code: string;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly advice: string;
  readonly retryAfterMs: number | undefined;
  /** What the code means, in the languages of the platform; undefined where something else has answered. */
  readonly text: LocalText | undefined;
  /** Everything that is wrong with what was sent, and where. */
  readonly places: readonly ProblemPlace[];

  constructor(fields: {
    code: string;
    status: number;
    detail: string;
    advice: string;
    text?: LocalText;
    retryAfterMs?: number;
    places?: readonly ProblemPlace[];
  }) {
    super(fields.detail);
    this.name = 'ApiProblem';
    this.code = fields.code;
    this.status = fields.status;
    this.advice = fields.advice;
    this.text = fields.text;
    this.retryAfterMs = fields.retryAfterMs;
    this.places = fields.places ?? [];
  }
}

const answerWithinMs = 15_000;
const unsigned = { onSessionEnded: () => undefined };

/** REST under `/api/v1` of the same origin. The token travels in a header, never in the address. */
export class ApiClient {
  readonly #tokens: SessionTokens | undefined;
  readonly #onSessionEnded: () => void;

  constructor(options: { pair?: TokenPair; onSessionEnded: () => void }) {
    const trade = (refreshToken: string) =>
      new ApiClient(unsigned).post<SessionOpened>('/sessions/refresh', { refreshToken });
    this.#tokens = options.pair === undefined ? undefined : new SessionTokens({ pair: options.pair, trade });
    this.#onSessionEnded = options.onSessionEnded;
  }

  /** Begins to hear what other tabs of the same session have renewed. */
  start(): void {
    this.#tokens?.start();
  }

  stop(): void {
    this.#tokens?.stop();
  }

  /**
   * The token to send now. It is renewed before it runs out, so that none is refused; undefined without a session.
   * @throws ApiProblem
   */
  async bearer(): Promise<string | undefined> {
    const tokens = this.#tokens;
    if (tokens === undefined || tokens.age === 'fresh') return tokens?.current;
    const { current, age } = tokens;
    const renewed = this.renewed(current);
    if (age === 'over') return renewed;
    // What goes out meanwhile need not wait; if the platform cannot be reached the next request tries again.
    renewed.catch(() => undefined);
    return current;
  }

  /** Another token in place of one that was refused; ends the session when there is none. @throws ApiProblem */
  async renewed(refused: string): Promise<string | undefined> {
    try {
      return await this.#tokens?.renew(refused);
    } catch (problem) {
      if (!(problem instanceof ApiProblem) || problem.status !== 401) throw problem;
      this.#onSessionEnded();
      return undefined;
    }
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path);
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>('POST', path, body);
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>('PUT', path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>('PATCH', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.#ask<undefined>('DELETE', path);
  }

  /** A file that may take minutes to make. */
  async file(path: string, body: object): Promise<{ name: string; content: Blob }> {
    const response = await this.#answer('POST', path, body, null);
    const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'file';
    return { name, content: await response.blob() };
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.#answer(method, path, body, answerWithinMs);
    return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
  }

  async #answer(method: string, path: string, body: object | undefined, withinMs: number | null): Promise<Response> {
    const send = (token: string | undefined) => this.#send({ method, path, body, token, withinMs });
    const token = await this.bearer();
    let response = await send(token);
    // Only a request that carried a token can lose its session.
    if (response.status === 401 && token !== undefined) {
      const renewed = await this.renewed(token);
      if (renewed !== undefined) response = await send(renewed);
    }
    if (response.ok) return response;
    throw await problemOf(response);
  }

  async #send(asked: {
    method: string;
    path: string;
    body: object | undefined;
    token: string | undefined;
    withinMs: number | null;
  }): Promise<Response> {
    const { method, path, body, token, withinMs } = asked;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await (askedAhead(method, path, token) ??
        fetch(`/api/v1${path}`, {
          method,
          headers,
          ...(withinMs === null ? {} : { signal: AbortSignal.timeout(withinMs) }),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }));
      observeServerDate(response.headers.get('date'));
      return response;
    } catch {
      throw new ApiProblem({ code: 'network-unreachable', status: 0, detail: '', advice: '' });
    }
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const told = await bodyOf(response);
  const text = (name: string): string => (typeof told[name] === 'string' ? (told[name] as string) : '');
  const retryAfterS = Number(response.headers.get('retry-after'));
  return new ApiProblem({
    code: text('code') || `http-${response.status}`,
    status: response.status,
    detail: text('detail') || text('title') || response.statusText,
    advice: text('advice'),
    ...(isLocalText(told.text) ? { text: told.text } : {}),
    places: Array.isArray(told.places) ? (told.places as ProblemPlace[]) : [],
    ...(retryAfterS > 0 ? { retryAfterMs: retryAfterS * 1_000 } : {}),
  });
}

function isLocalText(value: unknown): value is LocalText {
  const { zh, en } = (value ?? {}) as Record<string, unknown>;
  return typeof zh === 'string' && typeof en === 'string';
}

/** A proxy in between may answer with a page instead of a problem. */
async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
