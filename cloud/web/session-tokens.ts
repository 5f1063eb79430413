import type { SessionOpened } from './api-shapes.ts';
import { serverNow } from './server-clock.ts';
import { SessionTabs } from './session-tabs.ts';

export interface TokenPair {
  readonly token: string;
  readonly refreshToken: string;
  /** The same for all tabs that have this session, from its sign-in on. */
  readonly family: string;
  /** How often it was renewed. */
  readonly generation: number;
  /** UTC epoch ms by the clock of this browser, right or wrong. */
  readonly receivedAt: number;
  /** Null: not known, it is good until it is refused. */
  readonly lifetimeMs: number | null;
}

type Opened = Pick<SessionOpened, 'token' | 'tokenExpiresAt' | 'refreshToken'>;

/** Closing the tab ends it; another tab signs in for itself. Never in the address, never in localStorage. */
const tokenKey = 'gongfu.token';
const refreshKey = 'gongfu.refresh';
const renewalKey = 'gongfu.renewal';
/** A token is renewed in the last third of its life: what is on its way then still arrives in time. */
const renewedAfter = 2 / 3;

export function pairOf(opened: Opened): TokenPair {
  // Not randomUUID: a browser gives that only over TLS.
  const family = [...crypto.getRandomValues(new Uint32Array(2))].join('-');
  return { ...receivedNow(opened), family, generation: 0 };
}

export function keptPair(): TokenPair | undefined {
  const token = sessionStorage.getItem(tokenKey);
  if (token === null) return undefined;
  const renewal = JSON.parse(sessionStorage.getItem(renewalKey) ?? '{}') as Partial<TokenPair>;
  const unknown = { family: '', generation: 0, receivedAt: 0, lifetimeMs: null };
  return { ...unknown, ...renewal, token, refreshToken: sessionStorage.getItem(refreshKey) ?? '' };
}

/** Surely good for a while; where the clock was set back that cannot be told. */
export function isFresh({ receivedAt, lifetimeMs }: TokenPair): boolean {
  const ageMs = Date.now() - receivedAt;
  return lifetimeMs === null || (ageMs >= 0 && ageMs < lifetimeMs * renewedAfter);
}

export function forgetPair(): void {
  for (const key of [tokenKey, refreshKey, renewalKey]) sessionStorage.removeItem(key);
}

/**
 * The tokens of this tab, renewed once for all who wait. A tab that was doubled has the tokens of the first, and each
 * refresh token works once: so what one tab has renewed the others take over.
 */
export class SessionTokens {
  readonly #trade: (refreshToken: string) => Promise<Opened>;
  readonly #tabs: SessionTabs<TokenPair>;
  #pair: TokenPair;
  /** By a clock that nobody sets; it may stand still while the machine sleeps. */
  #keptAtMs = 0;
  #renewing: Promise<string> | undefined;

  constructor(options: { pair: TokenPair; trade: (refreshToken: string) => Promise<Opened> }) {
    this.#trade = options.trade;
    this.#pair = options.pair;
    this.#keep(options.pair);
    this.#tabs = new SessionTabs({ own: () => this.#pair, onNewer: (pair) => this.#keep(pair) });
  }

  start(): void {
    this.#tabs.start();
  }

  stop(): void {
    this.#tabs.stop();
  }

  get current(): string {
    return this.#pair.token;
  }

  /** `due`: still good, but not for long. */
  get age(): 'fresh' | 'due' | 'over' {
    const { receivedAt, lifetimeMs } = this.#pair;
    if (lifetimeMs === null) return 'fresh';
    const byClockMs = Date.now() - receivedAt;
    // The clock was set back: how old the token is cannot be told, and a renewal costs little.
    const ageMs = byClockMs < 0 ? lifetimeMs : Math.max(byClockMs, performance.now() - this.#keptAtMs);
    if (ageMs < lifetimeMs * renewedAfter) return 'fresh';
    return ageMs < lifetimeMs ? 'due' : 'over';
  }

  /** A token newer than the one given. @throws ApiProblem: 401 when the session is over */
  renew(old: string): Promise<string> {
    if (old !== this.#pair.token) return Promise.resolve(this.#pair.token);
    this.#renewing ??= this.#renew(old).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(old: string): Promise<string> {
    await this.#tabs.askForNewer();
    if (this.#pair.token === old) {
      const { family, generation, refreshToken } = this.#pair;
      this.#keep({ ...receivedNow(await this.#trade(refreshToken)), family, generation: generation + 1 });
      this.#tabs.tell();
    }
    return this.#pair.token;
  }

  #keep(pair: TokenPair): void {
    const { token, refreshToken, ...renewal } = pair;
    this.#pair = pair;
    // A pair kept over a reload is older than this page.
    this.#keptAtMs = performance.now() - Math.max(0, Date.now() - pair.receivedAt);
    sessionStorage.setItem(tokenKey, token);
    sessionStorage.setItem(refreshKey, refreshToken);
    sessionStorage.setItem(renewalKey, JSON.stringify(renewal));
  }
}

/** The lifetime is the difference of two times of the platform: the clock of this browser may be hours off. */
function receivedNow({ token, refreshToken, tokenExpiresAt }: Opened) {
  return { token, refreshToken, receivedAt: Date.now(), lifetimeMs: Date.parse(tokenExpiresAt) - serverNow() };
}
