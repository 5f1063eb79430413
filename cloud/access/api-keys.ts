import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import type { ApiKeyRecord, Records, UserRecord } from '../records/records.ts';
import { expiryUnfit, keyNameTaken, keyPermissionsUnfit, keyUnknown } from './api-key-problems.ts';
import type { Authenticator, Permission, Principal, Scope } from './principal.ts';
import { permissionsOf, withinScope } from './roles.ts';
import { isWithin } from './scope.ts';
import { isSuspended } from './standing.ts';
import { tokenHash } from './token-pairs.ts';
import { requireKnownScope } from './user-rights.ts';

const prefix = 'gfk_';
const dayMs = 24 * 3_600_000;
export const keyLifeMs = { standard: 365 * dayMs, longest: 5 * 365 * dayMs } as const;
/** How long a change of the key, or of its maker, may stay unseen. */
const cachedMs = 1_000;
const usedAfterMs = 60_000;

/** A program reads and configures; it has no session, manages no people and no other keys. */
const notForKeys: readonly Permission[] = ['session:own', 'users:manage', 'api-keys:manage', 'tenants:manage'];

export interface NewKey {
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly scope: Scope;
  /** UTC epoch ms; a year from now when left out. */
  readonly expiresAt?: number | undefined;
}

export interface ApiKeysOptions {
  readonly records: Pick<Records, 'apiKeys' | 'users' | 'assets' | 'tenants'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Cryptographic; node:crypto unless told. */
  readonly random?: (bytes: number) => Uint8Array;
}

/**
 * Keys by which programs ask. A key may at any time do what was given to it and its maker may still do: with the maker's
 * rights those of the key go, and a key whose maker is gone or disabled opens nothing.
 */
export class ApiKeys implements Authenticator {
  readonly #records: ApiKeysOptions['records'];
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #log: Logger;
  readonly #cache = new Map<string, { principal: Principal; expiresAt: number; checkedAt: number }>();
  readonly #idOf = new Map<string, string>();
  readonly #usedAt = new Map<string, number>();
  #revocations = 0;

  /** Told after a key was revoked or its rights changed, with its id in the place of a session's: its sockets are cut. */
  readonly ended: Signal<{ sessionId: string }>;

  constructor(options: ApiKeysOptions) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#random = options.random ?? randomBytes;
    this.#log = options.log;
    this.ended = new Signal((error) => this.#log.error({ error: messageOf(error) }, 'key end: a listener failed'));
  }

  static isKey(token: string): boolean {
    return token.startsWith(prefix);
  }

  static isKeyId(sessionId: string): boolean {
    return sessionId.startsWith('key-');
  }

  /**
   * The text of the key is shown once and kept as a hash.
   * @throws Problem `api-key-permissions-unfit`, `api-key-expiry-unfit`, `api-key-name-taken`, `scope-asset-unknown`
   */
  async create(maker: Principal, given: NewKey): Promise<{ record: ApiKeyRecord; key: string }> {
    const now = this.#clock.now();
    const { name, scope, expiresAt = now + keyLifeMs.standard } = given;
    const permissions = [...new Set(given.permissions)];
    const allowed = withinScope(maker.permissions, scope);
    const unfit = permissions.filter((permission) => notForKeys.includes(permission) || !allowed.has(permission));
    if (unfit.length > 0 || !isWithin(scope, maker.scope)) throw keyPermissionsUnfit(unfit, given.permissions);
    if (expiresAt <= now || expiresAt > now + keyLifeMs.longest) throw expiryUnfit();
    await requireKnownScope(this.#records, maker.tenantId, scope);
    const key = prefix + Buffer.from(this.#random(32)).toString('base64url');
    const record: ApiKeyRecord = {
      _id: `key-${randomUUID()}`,
      tenantId: maker.tenantId,
      name,
      hash: tokenHash(key),
      permissions,
      scope: scope === null ? null : [...scope],
      makerId: maker.userId,
      makerName: maker.userName,
      createdAt: now,
      expiresAt,
      lastUsedAt: null,
      lastUsedFrom: '',
    };
    try {
      await this.#records.apiKeys.create(record);
    } catch (error) {
      if ((error as { code?: unknown }).code === 11_000) throw keyNameTaken(name);
      throw error;
    }
    return { record, key };
  }

  list(tenantId: string): Promise<ApiKeyRecord[]> {
    return this.#records.apiKeys.find({ tenantId }).sort({ name: 1 }).lean<ApiKeyRecord[]>();
  }

  /** The key is refused from this call on, its sockets are cut. @throws Problem `api-key-unknown` */
  async revoke(tenantId: string, keyId: string): Promise<void> {
    const { deletedCount } = await this.#records.apiKeys.deleteOne({ _id: keyId, tenantId });
    if (deletedCount === 0) throw keyUnknown();
    this.#usedAt.delete(keyId);
    this.#reload(keyId);
  }

  /** After the rights of a maker, or the state of a tenant, have changed: sockets must come anew with what is left. */
  async reloadAllOf(whose: { makerId: string } | { tenantId: string }): Promise<void> {
    const found = await this.#records.apiKeys.find(whose).select({ _id: 1 }).lean<{ _id: string }[]>();
    for (const { _id } of found) this.#reload(_id);
  }

  #reload(keyId: string): void {
    this.#revocations += 1;
    this.#cache.delete(keyId);
    this.ended.emit({ sessionId: keyId });
  }

  async authenticate(key: string, address = ''): Promise<Principal | undefined> {
    if (!/^gfk_[\w-]{43}$/.test(key)) return undefined;
    const hash = tokenHash(key);
    const keyId = this.#idOf.get(hash) ?? (await this.#find(hash));
    const principal = keyId === undefined ? undefined : await this.current(keyId);
    if (principal === undefined) this.#idOf.delete(hash);
    else await this.#used(principal.sessionId, address);
    return principal;
  }

  async current(keyId: string): Promise<Principal | undefined> {
    const cached = this.#cache.get(keyId);
    const fresh = cached !== undefined && this.#clock.monotonicMs() - cached.checkedAt < cachedMs;
    if (fresh && this.#clock.now() < cached.expiresAt) return cached.principal;
    const revocations = this.#revocations;
    const record = await this.#records.apiKeys.findById(keyId).lean<ApiKeyRecord>();
    const maker = record && (await this.#records.users.findById(record.makerId).lean<UserRecord>());
    const isHeld = record !== null && (await isSuspended(this.#records, record.tenantId));
    this.#cache.delete(keyId);
    // One was revoked or changed while this was being looked at: look again rather than trust what was read.
    if (revocations !== this.#revocations) return this.current(keyId);
    if (record === null || isHeld || maker === null || maker.disabled === true) return undefined;
    if (this.#clock.now() >= record.expiresAt || maker.tenantId !== record.tenantId) return undefined;
    const principal = principalOf(record, maker);
    this.#cache.set(keyId, { principal, expiresAt: record.expiresAt, checkedAt: this.#clock.monotonicMs() });
    return principal;
  }

  async #find(hash: string): Promise<string | undefined> {
    const found = await this.#records.apiKeys.findOne({ hash }).select({ _id: 1 }).lean<{ _id: string }>();
    if (found === null) return undefined;
    this.#idOf.set(hash, found._id);
    return found._id;
  }

  /** Written once a minute at most; a key works on when this cannot be written. */
  async #used(keyId: string, address: string): Promise<void> {
    const now = this.#clock.now();
    if (now - (this.#usedAt.get(keyId) ?? Number.NEGATIVE_INFINITY) < usedAfterMs) return;
    this.#usedAt.set(keyId, now);
    try {
      await this.#records.apiKeys.updateOne({ _id: keyId }, { $set: { lastUsedAt: now, lastUsedFrom: address } });
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'the last use of a key could not be written');
    }
  }
}

function principalOf(key: ApiKeyRecord, maker: UserRecord): Principal {
  const makerScope = maker.scope ?? null;
  const own = key.scope ?? null;
  const may = permissionsOf(maker.role, makerScope);
  const given = new Set((key.permissions as Permission[]).filter((permission) => may.has(permission)));
  // A maker whose scope has become narrower takes the key along; one beside it leaves nothing.
  const scope = makerScope === null ? own : own === null ? makerScope : overlap(own, makerScope);
  return {
    kind: 'api-key',
    userId: key._id,
    userName: key.name,
    makerId: key.makerId,
    tenantId: key.tenantId,
    role: '',
    sessionId: key._id,
    permissions: withinScope(given, scope),
    scope,
  };
}

function overlap(one: readonly string[], other: readonly string[]): string[] {
  return [
    ...one.filter((assetId) => isWithin([assetId], other)),
    ...other.filter((assetId) => isWithin([assetId], one)),
  ];
}
