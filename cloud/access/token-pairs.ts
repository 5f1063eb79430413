import { createHash } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Records, SessionRecord, SessionTokenRecord } from '../records/records.ts';

/** What one carries in every request lives a short time; what renews it is shown to one route only. */
export const accessTokenMs = 15 * 60_000;
/** An answer may be lost on the way, and a tab may have been doubled: for so long a used refresh token is no theft. */
export const renewalLeewayMs = 30_000;

export interface TokenPair {
  /** The bearer token; shown here once and kept as a hash only, like the other. */
  readonly token: string;
  /** When it has to be renewed, UTC epoch ms. */
  readonly tokenExpiresAt: number;
  readonly refreshToken: string;
}

export type Renewal =
  | { readonly kind: 'unknown' }
  /** Somebody else has used it before: one of the two is a thief. */
  | { readonly kind: 'reused'; readonly sessionId: string }
  | { readonly kind: 'renewable'; readonly sessionId: string };

/** Access and refresh tokens of sessions: opaque, random, kept as SHA-256; a refresh token works once. */
export class TokenPairs {
  readonly #records: Pick<Records, 'sessionTokens'>;
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #lifetimeMs: number;

  constructor(options: {
    records: Pick<Records, 'sessionTokens'>;
    clock: Clock;
    random: (bytes: number) => Uint8Array;
    /** Of an access token, ms. */
    lifetimeMs?: number;
  }) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#lifetimeMs = options.lifetimeMs ?? accessTokenMs;
  }

  /** `endsAt`: when the session ends at the latest; used refresh tokens are remembered until then. */
  async issue(session: Pick<SessionRecord, '_id' | 'tenantId'>, endsAt: number): Promise<TokenPair> {
    const token = this.#newToken();
    const refreshToken = this.#newToken();
    const tokenExpiresAt = Math.min(this.#clock.now() + this.#lifetimeMs, endsAt);
    const record = { sessionId: session._id, tenantId: session.tenantId, usedAt: null };
    await this.#records.sessionTokens.create([
      { ...record, _id: tokenHash(token), kind: 'access', expiresAt: tokenExpiresAt },
      { ...record, _id: tokenHash(refreshToken), kind: 'refresh', expiresAt: endsAt },
    ]);
    return { token, tokenExpiresAt, refreshToken };
  }

  /** The session of an access token that is still good. */
  async find(token: string): Promise<SessionTokenRecord | undefined> {
    const found = await this.#records.sessionTokens.findOne({ _id: tokenHash(token), kind: 'access' }).lean();
    return found !== null && this.#clock.now() < found.expiresAt ? found : undefined;
  }

  /** Spends a refresh token. */
  async spend(refreshToken: string): Promise<Renewal> {
    const filter = { _id: tokenHash(refreshToken), kind: 'refresh' as const };
    const now = this.#clock.now();
    // One of two side by side finds it unused; the other falls under the leeway.
    const fresh = await this.#records.sessionTokens.findOneAndUpdate(
      { ...filter, usedAt: null, expiresAt: { $gt: now } },
      { $set: { usedAt: now } },
    );
    if (fresh !== null) return { kind: 'renewable', sessionId: fresh.sessionId };
    const spent = await this.#records.sessionTokens.findOne({ ...filter, expiresAt: { $gt: now } }).lean();
    if (spent === null || spent.usedAt === null) return { kind: 'unknown' };
    const kind = now - spent.usedAt <= renewalLeewayMs ? 'renewable' : 'reused';
    return { kind, sessionId: spent.sessionId };
  }

  async removeAllOf(sessionId: string): Promise<void> {
    await this.#records.sessionTokens.deleteMany({ sessionId });
  }

  async removeExpired(): Promise<void> {
    await this.#records.sessionTokens.deleteMany({ expiresAt: { $lte: this.#clock.now() } });
  }

  #newToken(): string {
    return Buffer.from(this.#random(32)).toString('base64url');
  }
}

export function isToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
