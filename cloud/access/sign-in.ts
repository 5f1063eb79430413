import { createHash, randomBytes } from 'node:crypto';
import { Problem } from '@gongfu/shared/base/problem';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Records, UserRecord } from '../records/records.ts';
import { countAttempt } from './attempt-limit.ts';
import type { AuditEntry, AuditTrail } from './audit-trail.ts';
import { hashing, hashPassword, passwordMatches } from './password.ts';
import type { SecondFactors } from './second-factor.ts';
import type { Sessions, SignedIn } from './session.ts';

/**
 * Failed attempts before the next waits for the rest of the window: with one name from one address; from one address with
 * whatever names, because a plant may stand behind one; with one name from all addresses where that user is not signed in.
 * The last limit ends guessing from many addresses, and leaves alone whoever signs in again where they are at work: nobody
 * is locked out of there by failures made elsewhere.
 */
export const failuresMax = { ofNameAndAddress: 10, ofAddress: 50, ofName: 30 } as const;
export const windowSeconds = 300;

export interface SignInAttempt {
  readonly name: string;
  readonly password: string;
  /** Of the second step, for those who have one. */
  readonly code?: string | undefined;
  /** Network address of the asking side. */
  readonly address: string;
  /** What the asking program says it is. */
  readonly device?: string | undefined;
}

/** Name and password against a session. Tells nobody whether the name exists, in words or in time. */
export class SignIn {
  readonly #records: Pick<Records, 'users' | 'sessions'>;
  readonly #sessions: Pick<Sessions, 'begin' | 'end' | 'requireStanding'>;
  readonly #byPair = limiter('pair', failuresMax.ofNameAndAddress);
  readonly #byAddress = limiter('address', failuresMax.ofAddress);
  readonly #byName = limiter('name', failuresMax.ofName);
  readonly #audit: AuditTrail;
  readonly #homeTenantId: string;
  readonly #secondFactors: Pick<SecondFactors, 'require'>;
  #decoy: Promise<string> | undefined;

  constructor(options: {
    records: Pick<Records, 'users' | 'sessions'>;
    sessions: Pick<Sessions, 'begin' | 'end' | 'requireStanding'>;
    audit: AuditTrail;
    /** Whose audit names attempts with a name nobody has. */
    homeTenantId: string;
    secondFactors: Pick<SecondFactors, 'require'>;
  }) {
    this.#records = options.records;
    this.#sessions = options.sessions;
    this.#audit = options.audit;
    this.#homeTenantId = options.homeTenantId;
    this.#secondFactors = options.secondFactors;
  }

  /**
   * @throws Problem `sign-in-refused`, `user-disabled`, `tenant-suspended`, `second-factor-needed`, `second-factor-wrong` (401),
   * `sign-in-too-often`, `sign-in-busy` (429 with the time to wait)
   */
  async signIn(attempt: SignInAttempt): Promise<SignedIn> {
    const { user, matches } = await this.check(attempt);
    if (user === null || !matches) {
      await this.#audit.note(this.#entry(attempt, user, 'refused'));
      throw refused();
    }
    try {
      await this.#sessions.requireStanding(user);
    } catch (problem) {
      await this.#audit.note(this.#entry(attempt, user, 'refused'));
      throw problem;
    }
    await this.#secondStep(attempt, user);
    // First the trail, then the door: nobody gets in unseen.
    await this.#audit.record(this.#entry(attempt, user, 'done'));
    const signedIn = await this.#sessions.begin(user, { address: attempt.address, device: attempt.device ?? '' });
    // The password may have been changed, or the user removed, while it was compared: that ended older sessions only.
    const current = await this.#records.users.findById(user._id).lean();
    if (current?.passwordHash === user.passwordHash && current.disabled !== true) return signedIn;
    await this.#sessions.end(signedIn.principal.sessionId);
    throw refused();
  }

  async #secondStep(attempt: SignInAttempt, user: UserRecord): Promise<void> {
    try {
      await this.#secondFactors.require(user._id, attempt.code);
    } catch (error) {
      const detail = error instanceof Problem ? error.code : 'internal';
      await this.#audit.note({ ...this.#entry(attempt, user, 'refused'), detail });
      throw error;
    }
  }

  /**
   * Compares a password under the limits, without signing in. The user is null for an unknown name.
   * @throws Problem `sign-in-too-often`, `sign-in-busy`
   */
  async check(attempt: SignInAttempt): Promise<{ user: UserRecord | null; matches: boolean }> {
    const { name, password, address } = attempt;
    // Names go in as a hash: what people type into a name field may be long, or a password.
    const nameKey = nameKeyOf(name);
    // First, so that nobody's count suffers from a crowd.
    hashing.requireRoom();
    // Counted before the check and given back after success: attempts side by side cannot slip through.
    const pairKey = JSON.stringify([nameKey, address]);
    await countAttempt(this.#byAddress, address);
    await countAttempt(this.#byPair, pairKey);
    const user = await this.#records.users.findOne({ name }).lean();
    // Looked up for a name nobody has as well: it costs the same.
    const isAtWork = (await this.#records.sessions.exists({ userId: user?._id ?? '', address })) !== null;
    if (!isAtWork) await countAttempt(this.#byName, nameKey);
    const matches = await passwordMatches(user?.passwordHash ?? (await this.#decoyHash()), password);
    if (user === null || !matches) return { user, matches: false };
    await this.#byPair.delete(pairKey);
    await this.#byAddress.reward(address, 1);
    // Only its own count is given back: a success here must not open the door to guessing elsewhere.
    if (!isAtWork) await this.#byName.reward(nameKey, 1);
    return { user, matches };
  }

  #entry({ name, address }: SignInAttempt, user: UserRecord | null, outcome: 'done' | 'refused'): AuditEntry {
    // An unknown name may be a password typed into the wrong field: its hash still shows that it is tried again.
    const actor: AuditEntry['actor'] =
      user === null
        ? { kind: 'unknown', id: '', name: `sha256:${nameKeyOf(name)}` }
        : { kind: 'user', id: user._id, name: user.name };
    const tenantId = user?.tenantId ?? this.#homeTenantId;
    const detail = outcome === 'done' ? '' : 'sign-in-refused';
    return { tenantId, actor, action: 'sign-in', object: '', outcome, address, detail };
  }

  /** The hash of a password nobody has: an unknown name costs the same work as a wrong password. */
  #decoyHash(): Promise<string> {
    this.#decoy ??= hashPassword(randomBytes(24).toString('base64url'));
    return this.#decoy;
  }
}

function limiter(keyPrefix: string, points: number): RateLimiterMemory {
  return new RateLimiterMemory({ keyPrefix, points, duration: windowSeconds });
}

function nameKeyOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
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
