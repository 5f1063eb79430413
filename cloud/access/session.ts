import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import { type Logger, silentLogger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import type { Records, SessionRecord, UserRecord } from '../records/records.ts';
import type { Authenticator, Permission, Principal, Scope } from './principal.ts';
import { permissionsOf } from './roles.ts';

export const idleLimitMs = 12 * 3_600_000;
export const absoluteLimitMs = 7 * 24 * 3_600_000;
/** A session in use is written again only when its end has moved by this much. */
const extendAfterMs = 5 * 60_000;
/** How long a change made elsewhere (role, user removed, another process) may stay unseen. */
const cachedMs = 5_000;
const cachedSessionsMax = 10_000;
const sweepPeriodMs = 60_000;

export interface SessionsOptions {
  readonly records: Pick<Records, 'sessions' | 'users'>;
  readonly clock: Clock;
  /** Cryptographic: tokens come from it. node:crypto unless told. */
  readonly random?: (bytes: number) => Uint8Array;
  readonly log?: Logger;
}

export interface SignedIn {
  /** The bearer token; shown here once and kept nowhere. */
  readonly token: string;
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

/** Sessions behind opaque tokens. A session ends when signed out, unused for 12 hours, or seven days old. */
export class Sessions implements Authenticator, Part {
  readonly #records: Pick<Records, 'sessions' | 'users'>;
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #log: Logger;
  readonly #cache = new Map<string, CachedSession>();
  #endings = 0;
  #cancelSweep: (() => void) | undefined;

  /** Told after a session has ended, or what it may see or do has changed, so that its sockets are cut. */
  readonly ended: Signal<{ sessionId: string }>;

  constructor(options: SessionsOptions) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#random = options.random ?? randomBytes;
    this.#log = options.log ?? silentLogger;
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
  }

  async begin(user: UserRecord): Promise<SignedIn> {
    const token = Buffer.from(this.#random(32)).toString('base64url');
    const createdAt = this.#clock.now();
    const expiresAt = createdAt + idleLimitMs;
    const session = { _id: sessionIdOf(token), tenantId: user.tenantId, userId: user._id, createdAt, expiresAt };
    await this.#records.sessions.create(session);
    return { token, expiresAt, principal: principalOf(session, user) };
  }

  async authenticate(token: string): Promise<Principal | undefined> {
    if (!/^[\w-]{43}$/.test(token)) return undefined;
    const sessionId = sessionIdOf(token);
    const cached = this.#cache.get(sessionId);
    const fresh = cached !== undefined && this.#clock.monotonicMs() - cached.checkedAt < cachedMs;
    if (fresh && this.#clock.now() < cached.expiresAt) return cached.principal;
    return this.#load(sessionId);
  }

  /** Signs out. The token is refused from this call on; a session not known is no error. */
  async end(sessionId: string): Promise<void> {
    this.#forget(sessionId);
    await this.#records.sessions.deleteOne({ _id: sessionId });
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

  /** After the role or the scope of a user has changed: the sessions go on with it, their sockets must come anew. */
  async reloadAllOf(userId: string): Promise<void> {
    const sessions = await this.#records.sessions.find({ userId }).select('_id').lean();
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
    const expiresAt = await this.#extend(session);
    // Something ended or changed while this was being looked at: look again rather than trust what was read.
    if (endings !== this.#endings) return this.#load(sessionId);
    const principal = principalOf(session, user);
    this.#remember(sessionId, { principal, expiresAt, checkedAt: this.#clock.monotonicMs() });
    return principal;
  }

  async #extend(session: SessionRecord): Promise<number> {
    const expiresAt = Math.min(this.#clock.now() + idleLimitMs, session.createdAt + absoluteLimitMs);
    if (expiresAt - session.expiresAt < extendAfterMs) return session.expiresAt;
    await this.#records.sessions.updateOne({ _id: session._id }, { $max: { expiresAt } });
    return expiresAt;
  }

  #remember(sessionId: string, session: CachedSession): void {
    this.#cache.delete(sessionId);
    this.#cache.set(sessionId, session);
    const oldest = this.#cache.keys().next().value;
    if (this.#cache.size > cachedSessionsMax && oldest !== undefined) this.#cache.delete(oldest);
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
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'sessions that ran out could not be removed');
    }
    if (this.#cancelSweep === undefined) return;
    this.#cancelSweep = this.#clock.after(sweepPeriodMs, () => void this.#sweepAndGoOn());
  }
}

function sessionIdOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
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
