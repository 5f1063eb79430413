import type { SessionOpened } from './api-shapes.ts';

export type TokenPair = Pick<SessionOpened, 'token' | 'refreshToken'>;

/** Closing the tab ends it; another tab signs in for itself. Never in the address, never in localStorage. */
const tokenKey = 'gongfu.token';
const refreshKey = 'gongfu.refresh';

export function keptPair(): TokenPair | undefined {
  const token = sessionStorage.getItem(tokenKey);
  const refreshToken = sessionStorage.getItem(refreshKey);
  return token === null ? undefined : { token, refreshToken: refreshToken ?? '' };
}

export function forgetPair(): void {
  sessionStorage.removeItem(tokenKey);
  sessionStorage.removeItem(refreshKey);
}

/** The tokens of this tab. The short-lived one is renewed when the platform refuses it, once for all who wait. */
export class SessionTokens {
  readonly #trade: (refreshToken: string) => Promise<TokenPair>;
  #pair: TokenPair;
  #renewing: Promise<string> | undefined;

  constructor(options: { pair: TokenPair; trade: (refreshToken: string) => Promise<TokenPair> }) {
    this.#pair = options.pair;
    this.#trade = options.trade;
    this.#keep(options.pair);
  }

  get current(): string {
    return this.#pair.token;
  }

  /** A token newer than the one that was refused. @throws ApiProblem: 401 when the session is over */
  renew(refused: string): Promise<string> {
    if (refused !== this.#pair.token) return Promise.resolve(this.#pair.token);
    this.#renewing ??= this.#trade(this.#pair.refreshToken)
      .then((pair) => {
        this.#keep(pair);
        return pair.token;
      })
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  #keep(pair: TokenPair): void {
    this.#pair = pair;
    sessionStorage.setItem(tokenKey, pair.token);
    sessionStorage.setItem(refreshKey, pair.refreshToken);
  }
}
