import { createHash, randomBytes } from 'node:crypto';
import { Problem } from '@gongfu/shared/base/problem';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Records } from '../records/records.ts';
import { hashPassword, passwordMatches } from './password.ts';
import type { Sessions, SignedIn } from './session.ts';

/** Failed attempts for one name, and from one address, before both wait for the rest of the window. */
export const failuresMax = 10;
export const windowSeconds = 300;

export interface SignInAttempt {
  readonly name: string;
  readonly password: string;
  /** Network address of the asking side. */
  readonly address: string;
}

/** Name and password against a session. Tells nobody whether the name exists, in words or in time. */
export class SignIn {
  readonly #records: Pick<Records, 'users'>;
  readonly #sessions: Pick<Sessions, 'begin'>;
  readonly #byName = new RateLimiterMemory({ keyPrefix: 'name', points: failuresMax, duration: windowSeconds });
  readonly #byAddress = new RateLimiterMemory({ keyPrefix: 'address', points: failuresMax, duration: windowSeconds });
  #decoy: Promise<string> | undefined;

  constructor(options: { records: Pick<Records, 'users'>; sessions: Pick<Sessions, 'begin'> }) {
    this.#records = options.records;
    this.#sessions = options.sessions;
  }

  /** @throws Problem `sign-in-refused` (401), `sign-in-too-often` (429 with the time to wait) */
  async signIn({ name, password, address }: SignInAttempt): Promise<SignedIn> {
    // Names go in as a hash: what people type into a name field may be long, or a password.
    const nameKey = createHash('sha256').update(name).digest('base64url');
    // Counted before the check and given back after success: attempts side by side cannot slip through.
    await this.#count(this.#byAddress, address);
    await this.#count(this.#byName, nameKey);
    const user = await this.#records.users.findOne({ name }).lean();
    const matches = await passwordMatches(user?.passwordHash ?? (await this.#decoyHash()), password);
    if (user === null || !matches) throw refused();
    await this.#byName.delete(nameKey);
    await this.#byAddress.reward(address, 1);
    return this.#sessions.begin(user);
  }

  /** The hash of a password nobody has: an unknown name costs the same work as a wrong password. */
  #decoyHash(): Promise<string> {
    this.#decoy ??= hashPassword(randomBytes(24).toString('base64url'));
    return this.#decoy;
  }

  async #count(limiter: RateLimiterMemory, key: string): Promise<void> {
    try {
      await limiter.consume(key, 1);
    } catch (error) {
      if (error instanceof RateLimiterRes) throw tooOften(error.msBeforeNext);
      throw error;
    }
  }
}

function refused(): Problem {
  return new Problem({
    code: 'sign-in-refused',
    detail: 'The name or the password is wrong.',
    advice: 'Check both, capital letters too.',
    reaction: 'drop',
    status: 401,
  });
}

function tooOften(retryAfterMs: number): Problem {
  return new Problem({
    code: 'sign-in-too-often',
    detail: 'There were too many failed sign-ins with this name or from this address.',
    advice: `Wait ${Math.ceil(retryAfterMs / 1_000)} s, then try again.`,
    reaction: 'retry',
    status: 429,
    retryAfterMs,
  });
}
