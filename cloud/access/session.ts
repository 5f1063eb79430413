import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import { type Logger, silentLogger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import type { Records, SessionRecord, UserRecord } from '../records/records.ts';
import type { Authenticator, Permission, Principal, Scope } from './principal.ts';
import { permissionsOf } from './roles.ts';
import { isSuspended, requireStanding } from './standing.ts';
import { isToken, type TokenPair, TokenPairs, tokenHash } from './token-pairs.ts';

export const idleLimitMs = 12 * 3_600_000;
export const absoluteLimitMs = 7 * 24 * 3_600_000;
/** A session in use is written again only when this much has passed: `lastSeenAt` is so exact. */
const extendAfterMs = 5 * 60_000;
/** How long a change made elsewhere (role, user removed, another process) may stay unseen. */
const cachedMs = 1_000;
const cachedSessionsMax = 10_000;
const sweepPeriodMs = 60_000;

export interface SessionsOptions {
  readonly records: Pick<Records, 'sessions' | 'sessionTokens' | 'users' | 'tenants'>;
  readonly clock: Clock;
  /** Cryptographic: tokens come from it. node:crypto unless told. */
  readonly random?: (bytes: number) => Uint8Array;
  /** Of what is carried in every request, ms. */
  readonly tokenLifetimeMs?: number;
  readonly log?: Logger;
}

/** From where a session is used, as its owner recognises it. */
export interface Origin {
  readonly address: string;
  /** What the program says it is (`User-Agent`). */
  readonly device: string;
}

export interface SignedIn extends TokenPair {
  /** When the session ends if it is not used, UTC epoch ms. */
  readonly expiresAt: number;
  readonly principal: Principal;
}

interface CachedSession {
  readonly principal: Principal;
  readonly expiresAt: number;
  /** Monotonic ms. */
  readonly checkedAt: number;
}

/**
 * Sessions behind opaque tokens. A session ends when signed out or revoked, unused for 12 hours, seven days old, or when a
 * refresh token of it is used a second time.
 */
export class Sessions implements Authenticator, Part {
  readonly #records: SessionsOptions['records'];
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #pairs: TokenPairs;
  readonly #cache = new Map<string, CachedSession>();
  /** Which session a token is of never changes, so it may be remembered until the token ends. */
  readonly #sessionOf = new Map<string, { sessionId: string; expiresAt: number }>();
  #endings = 0;
  #cancelSweep: (() => void) | undefined;

  /** Told after a session has ended, or what it may see or do has changed, so that its sockets are cut. */
  readonly ended: Signal<{ sessionId: string }>;

  constructor(options: SessionsOptions) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#log = options.log ?? silentLogger;
    this.#pairs = new TokenPairs({
      ...options,
      random: options.random ?? randomBytes,
      ...(options.tokenLifetimeMs === undefined ? {} : { lifetimeMs: options.tokenLifetimeMs }),
    });
    this.ended = new Signal((error) => this.#log.error({ error: messageOf(error) }, 'session end: a listener failed'));
  }

  /** Begins to remove sessions that ran out, once a minute. */
  async start(): Promise<void> {
    this.#cancelSweep ??= this.#clock.after(sweepPeriodMs, () => void this.#sweepAndGoOn());
  }

  async stop(): Promise<void> {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    this.#cache.clear();
    this.#sessionOf.clear();
  }

  /** Asked by every door before it lets somebody in. @throws Problem `user-disabled`, `tenant-suspended` */
  requireStanding(user: UserRecord): Promise<void> {
    return requireStanding(this.#records, user);
  }

  async begin(user: UserRecord, origin: Origin = { address: '', device: '' }): Promise<SignedIn> {
    const createdAt = this.#clock.now();
    const session: SessionRecord = {
      _id: randomUUID(),
      tenantId: user.tenantId,
      userId: user._id,
      createdAt,
      expiresAt: createdAt + idleLimitMs,
      lastSeenAt: createdAt,
      address: origin.address,
      device: origin.device.slice(0, 200),
    };
    await this.#records.sessions.create(session);
    const pair = await this.#pairs.issue(session, createdAt + absoluteLimitMs);
    return { ...pair, expiresAt: session.expiresAt, principal: principalOf(session, user) };
  }

  /**
   * Trades a refresh token for a new pair. A token that was traded before tells that two have it: the session ends.
   * @throws Problem `refresh-refused`, with the principal of a session ended so in `onReuse`
   */
  async renew(refreshToken: string, onReuse: (principal: Principal) => Promise<void>): Promise<SignedIn> {
    const renewal = isToken(refreshToken) ? await this.#pairs.spend(refreshToken) : ({ kind: 'unknown' } as const);
    const principal = renewal.kind === 'unknown' ? undefined : await this.current(renewal.sessionId);
    if (renewal.kind === 'reused') {
      await this.end(renewal.sessionId);
      if (principal !== undefined) await onReuse(principal);
    }
    const session =
      renewal.kind === 'renewable' ? await this.#records.sessions.findById(renewal.sessionId).lean() : null;
    if (principal === undefined || session === null) throw refreshRefused();
    const pair = await this.#pairs.issue(session, session.createdAt + absoluteLimitMs);
    // It may have ended while the pair was made: what was issued since would outlive it.
    if ((await this.#records.sessions.exists({ _id: session._id })) === null) {
      await this.end(session._id);
      throw refreshRefused();
    }
    return { ...pair, expiresAt: session.expiresAt, principal };
  }

  async authenticate(token: string): Promise<Principal | undefined> {
    if (!isToken(token)) return undefined;
    const hash = tokenHash(token);
    let known = this.#sessionOf.get(hash);
    if (known === undefined) {
      known = await this.#pairs.find(token);
      if (known === undefined) return undefined;
      keep(this.#sessionOf, hash, { sessionId: known.sessionId, expiresAt: known.expiresAt });
    }
    if (this.#clock.now() < known.expiresAt) return this.current(known.sessionId);
    this.#sessionOf.delete(hash);
    return undefined;
  }

  /** The principal of a session as it is now, whatever token it came with; undefined when it has ended. */
  async current(sessionId: string): Promise<Principal | undefined> {
    const cached = this.#cache.get(sessionId);
    const fresh = cached !== undefined && this.#clock.monotonicMs() - cached.checkedAt < cachedMs;
    if (fresh && this.#clock.now() < cached.expiresAt) return cached.principal;
    return this.#load(sessionId);
  }

  /** Signs out. The tokens are refused from this call on; a session not known is no error. */
  async end(sessionId: string): Promise<void> {
    this.#forget(sessionId);
    await this.#records.sessions.deleteOne({ _id: sessionId });
    await this.#pairs.removeAllOf(sessionId);
    // Once more: a check that was under way while the record went may have put it back.
    this.#forget(sessionId);
    this.ended.emit({ sessionId });
  }

  /** Ends every session of a user but one, which is looked up anew. Call it after the user has been changed. */
  async endAllOf(userId: string, exceptSessionId?: string): Promise<void> {
    const sessions = await this.#records.sessions.find({ userId }).select('_id').lean();
    for (const { _id } of sessions) {
      if (_id === exceptSessionId) this.#forget(_id);
      else await this.end(_id);
    }
  }

  /** Newest use first. */
  async listOf(userId: string): Promise<SessionRecord[]> {
    const found = await this.#records.sessions.find({ userId }).sort({ lastSeenAt: -1 }).lean<SessionRecord[]>();
    return found.filter(({ expiresAt }) => this.#clock.now() < expiresAt);
  }

  /** After the role or the scope of a user has changed: the sessions go on with it, their sockets must come anew. */
  reloadAllOf(userId: string): Promise<void> {
    return this.#reload({ userId });
  }

  /** After the tenant has been suspended, or is no more. */
  reloadAllOfTenant(tenantId: string): Promise<void> {
    return this.#reload({ tenantId });
  }

  async #reload(whose: { userId: string } | { tenantId: string }): Promise<void> {
    const sessions = await this.#records.sessions.find(whose).select('_id').lean();
    for (const { _id } of sessions) {
      this.#forget(_id);
      this.ended.emit({ sessionId: _id });
    }
  }

  async #load(sessionId: string): Promise<Principal | undefined> {
    const endings = this.#endings;
    const session = await this.#records.sessions.findById(sessionId).lean();
    const user = session === null ? null : await this.#records.users.findById(session.userId).lean();
    if (session === null || user === null || user.disabled === true || this.#clock.now() >= session.expiresAt) {
      if (session !== null) await this.end(sessionId);
      this.#cache.delete(sessionId);
      return undefined;
    }
    // The session stays: it goes on when the tenant does, unless it has run out.
    const isHeld = await isSuspended(this.#records, session.tenantId);
    const expiresAt = isHeld ? session.expiresAt : await this.#extend(session);
    // Something ended or changed while this was being looked at: look again rather than trust what was read.
    if (endings !== this.#endings) return this.#load(sessionId);
    if (isHeld) {
      this.#cache.delete(sessionId);
      return undefined;
    }
    const principal = principalOf(session, user);
    keep(this.#cache, sessionId, { principal, expiresAt, checkedAt: this.#clock.monotonicMs() });
    return principal;
  }

  async #extend(session: SessionRecord): Promise<number> {
    const now = this.#clock.now();
    const expiresAt = Math.min(now + idleLimitMs, session.createdAt + absoluteLimitMs);
    if (now - session.lastSeenAt < extendAfterMs) return session.expiresAt;
    await this.#records.sessions.updateOne({ _id: session._id }, { $max: { expiresAt, lastSeenAt: now } });
    return expiresAt;
  }

  #forget(sessionId: string): void {
    this.#endings += 1;
    this.#cache.delete(sessionId);
  }

  async #sweepAndGoOn(): Promise<void> {
    try {
      const over = await this.#records.sessions
        .find({ expiresAt: { $lte: this.#clock.now() } })
        .select('_id')
        .lean();
      for (const { _id } of over) await this.end(_id);
      await this.#pairs.removeExpired();
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'sessions that ran out could not be removed');
    }
    if (this.#cancelSweep === undefined) return;
    this.#cancelSweep = this.#clock.after(sweepPeriodMs, () => void this.#sweepAndGoOn());
  }
}

/** The newest stay. */
function keep<T>(cache: Map<string, T>, key: string, value: T): void {
  cache.delete(key);
  cache.set(key, value);
  const oldest = cache.keys().next().value;
  if (cache.size > cachedSessionsMax && oldest !== undefined) cache.delete(oldest);
}

function principalOf(session: Pick<SessionRecord, '_id'>, user: UserRecord): Principal {
  const due = user.mustChangePassword === true;
  const scope = user.scope ?? null;
  return {
    kind: 'user',
    userId: user._id,
    userName: user.name,
    tenantId: user.tenantId,
    role: user.role,
    sessionId: session._id,
    permissions: due ? withheld(user.role, scope) : permissionsOf(user.role, scope),
    scope,
    passwordChangeDue: due,
  };
}

/** What is left of a role while its password is one that somebody else knows. */
function withheld(role: string, scope: Scope): ReadonlySet<Permission> {
  return new Set([...permissionsOf(role, scope)].filter((permission) => permission === 'session:own'));
}

function refreshRefused(): Problem {
  return new Problem({
    code: 'refresh-refused',
    detail: 'the refresh token is unknown, used before, or its session has ended',
    advice: 'Sign in again with POST /api/v1/sessions.',
    reaction: 'drop',
    status: 401,
  });
}
