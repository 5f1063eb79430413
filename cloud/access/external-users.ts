import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { IdentityRecord, Records, UserRecord } from '../records/records.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Claims } from './oidc-client.ts';
import { hashPassword, randomPassword } from './password.ts';
import type { Role } from './roles.ts';
import type { Sessions } from './session.ts';

export interface ExternalUsersOptions {
  readonly records: Pick<Records, 'users' | 'identities'>;
  readonly sessions: Pick<Sessions, 'reloadAllOf'>;
  readonly keys: Pick<ApiKeys, 'reloadAllOf'>;
  readonly clock: Clock;
  readonly tenantId: string;
  readonly nameClaim: string;
  readonly roleClaim: string;
  readonly roles: Readonly<Record<string, Role>>;
  readonly defaultRole: Role | undefined;
}

/**
 * The user behind what a provider says. Found by issuer and subject alone: a name or an address of e-mail is a text
 * anybody may have given there, and would open somebody else's account.
 */
export class ExternalUsers {
  readonly #options: ExternalUsersOptions;

  constructor(options: ExternalUsersOptions) {
    this.#options = options;
  }

  /** Made at the first sign-in; the role is the provider's each time. @throws Problem `oidc-role-missing`, `oidc-name-taken` */
  async userOf(claims: Claims): Promise<UserRecord> {
    const role = this.#roleOf(claims);
    if (role === undefined) throw roleMissing(this.#options.roleClaim);
    const { userId } = await this.#identityOf(claims);
    const user = (await this.#find(userId)) ?? (await this.#create(userId, claims, role));
    if (user.role === role) return user;
    const { records, sessions, keys } = this.#options;
    await records.users.updateOne({ _id: userId }, { $set: { role } });
    await sessions.reloadAllOf(userId);
    await keys.reloadAllOf({ makerId: userId });
    return { ...user, role };
  }

  #find(userId: string): Promise<UserRecord | null> {
    return this.#options.records.users.findById(userId).lean<UserRecord>();
  }

  /**
   * Given before the user is made: a start that ends in between is taken up where it stopped. Whoever signed in while the
   * configuration named another tenant is another user here: the account there is none of this tenant's.
   */
  async #identityOf({ iss, sub }: Claims): Promise<Pick<IdentityRecord, 'userId'>> {
    const { tenantId } = this.#options;
    const first = await this.#keptIdentity(`${iss}\n${sub}`, { iss, sub });
    return first.tenantId === tenantId ? first : this.#keptIdentity(`${iss}\n${sub}\n${tenantId}`, { iss, sub });
  }

  async #keptIdentity(name: string, { iss, sub }: Claims): Promise<Pick<IdentityRecord, 'userId' | 'tenantId'>> {
    const { records, tenantId, clock } = this.#options;
    const _id = createHash('sha256').update(name).digest('hex');
    const fresh = { tenantId, issuer: iss, subject: sub, userId: randomUUID(), createdAt: clock.now() };
    const kept = await records.identities
      .findOneAndUpdate({ _id }, { $setOnInsert: fresh }, { upsert: true, returnDocument: 'after' })
      .lean<IdentityRecord>();
    return kept ?? fresh;
  }

  async #create(userId: string, claims: Claims, role: Role): Promise<UserRecord> {
    const { records, tenantId, clock } = this.#options;
    const name = this.#nameOf(claims);
    const user: UserRecord = {
      _id: userId,
      tenantId,
      name,
      // Of a password nobody has been told.
      passwordHash: await hashPassword(randomPassword(randomBytes)),
      role,
      createdAt: clock.now(),
      mustChangePassword: false,
      scope: null,
      disabled: false,
    };
    try {
      await records.users.create(user);
      return user;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 11_000) throw error;
      // Made a moment ago by a second window, or the name is somebody else's.
      const made = await this.#find(userId);
      if (made === null) throw nameTaken(name);
      return made;
    }
  }

  #roleOf(claims: Claims): Role | undefined {
    const { roleClaim, roles, defaultRole } = this.#options;
    const said = valueAt(claims, roleClaim);
    const values = new Set(Array.isArray(said) ? said : [said]);
    return Object.entries(roles).find(([value]) => values.has(value))?.[1] ?? defaultRole;
  }

  /** As user names are here: letters, digits, dots, hyphens, underscores, @. */
  #nameOf(claims: Claims): string {
    for (const said of [valueAt(claims, this.#options.nameClaim), claims.sub]) {
      if (typeof said !== 'string') continue;
      const name = said
        .normalize('NFKC')
        .replace(/[^\p{L}\p{N}._@-]+/gu, '.')
        .replace(/^[^\p{L}\p{N}]+/u, '');
      if (name !== '') return [...name].slice(0, 64).join('');
    }
    return `user-${randomUUID().slice(0, 8)}`;
  }
}

/** A claim whose own name has dots comes before a path. */
function valueAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

function roleMissing(claim: string): Problem {
  return new Problem({
    code: 'oidc-role-missing',
    detail: `The identity provider knows you, but its claim ${claim} names no role of this platform.`,
    advice: 'Ask whoever keeps the users of the provider for a role here.',
    reaction: 'drop',
    status: 403,
  });
}

function nameTaken(name: string): Problem {
  return new Problem({
    code: 'oidc-name-taken',
    detail: `The user name ${name} belongs to another user of this platform.`,
    advice: 'Ask an administrator: one of the two needs another name.',
    reaction: 'drop',
    status: 409,
  });
}
