import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { IdentityRecord, Records, SessionRecord, UserRecord } from '../records/records.ts';
import type { ApiKeys } from './api-keys.ts';
import { hashPassword, passwordLengthMin, randomPassword, samePassword } from './password.ts';
import { resetPassword, userUnknown } from './password-reset.ts';
import { isGuessable } from './password-strength.ts';
import type { Principal } from './principal.ts';
import type { Role } from './roles.ts';
import type { SecondFactors } from './second-factor.ts';
import type { Sessions } from './session.ts';
import type { SignIn } from './sign-in.ts';
import { type Rights, requireKnownScope, requireSuccessor, requireWithinOwn } from './user-rights.ts';

export interface AccountsOptions {
  readonly records: Pick<Records, 'users' | 'identities' | 'assets'>;
  readonly secondFactors: Pick<SecondFactors, 'drop' | 'holders'>;
  readonly sessions: Pick<Sessions, 'end' | 'endAllOf' | 'listOf' | 'reloadAllOf'>;
  readonly keys: Pick<ApiKeys, 'reloadAllOf'>;
  readonly signIn: Pick<SignIn, 'check'>;
  readonly clock: Clock;
  /** Cryptographic; node:crypto unless told. */
  readonly random?: (bytes: number) => Uint8Array;
}

export interface PasswordChange {
  readonly current: string;
  readonly next: string;
  /** Network address of the asking side. */
  readonly address: string;
}

/** What may be changed of a user; what is left out stays. */
export type UserChange = {
  readonly [Key in keyof Rights]?: Rights[Key] | undefined;
} & { readonly disabled?: boolean | undefined };

/** The users of a tenant and their passwords. A change that takes rights away ends the sessions before it returns. */
export class Accounts {
  readonly #options: Required<AccountsOptions>;
  /** Changes that take rights away wait for each other: two administrators removing each other would leave none. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: AccountsOptions) {
    this.#options = { random: randomBytes, ...options };
  }

  /** Ids of those whose sign-in asks for a second step. */
  withSecondFactor(users: readonly UserRecord[]): Promise<ReadonlySet<string>> {
    return this.#options.secondFactors.holders(users.map(({ _id }) => _id));
  }

  /** @throws Problem `current-password-wrong`, `password-unfit`, `password-guessable`, `sign-in-too-often` */
  async changeOwnPassword(principal: Principal, { current, next, address }: PasswordChange): Promise<void> {
    const { records, sessions } = this.#options;
    const user = await this.requireOwnPassword(principal, { password: current, address });
    if (samePassword(current, next)) throw unfit('The new password is the current one.');
    if (samePassword(next.toLowerCase(), user.name.toLowerCase())) throw unfit('The new password is the user name.');
    if ([...next].length >= passwordLengthMin && (await isGuessable(next, [user.name]))) throw guessable();
    const changed = await records.users.updateOne(
      // Not over a password an administrator has set meanwhile.
      { _id: user._id, passwordHash: user.passwordHash },
      { $set: { passwordHash: await hashPassword(next), mustChangePassword: false } },
    );
    if (changed.matchedCount !== 1) throw currentWrong();
    await sessions.endAllOf(user._id, principal.sessionId);
  }

  /** Before something only the owner of the account may do. @throws Problem `current-password-wrong`, `sign-in-too-often` */
  async requireOwnPassword(
    principal: Principal,
    { password, address }: { password: string; address: string },
  ): Promise<UserRecord> {
    const { user, matches } = await this.#options.signIn.check({ name: principal.userName, password, address });
    if (user === null || !matches || user._id !== principal.userId) throw currentWrong();
    return user;
  }

  /** Of the identity provider a user came by; null for one made here. */
  async issuerOf(userId: string): Promise<string | null> {
    const identity = await this.#options.records.identities.findOne({ userId }).lean<IdentityRecord>();
    return identity?.issuer ?? null;
  }

  list(tenantId: string): Promise<UserRecord[]> {
    return this.#options.records.users.find({ tenantId }).sort({ name: 1 }).lean<UserRecord[]>();
  }

  /**
   * The password is shown once; it must be changed at the first sign-in.
   * @throws Problem `user-name-taken`, `rights-beyond-own`, `scope-asset-unknown`
   */
  async create(
    principal: Principal,
    given: Rights & { name: string },
  ): Promise<{ user: UserRecord; password: string }> {
    const { records, clock, random } = this.#options;
    const { tenantId } = principal;
    const { name, role, scope } = given;
    requireWithinOwn(principal, given);
    await requireKnownScope(records, tenantId, scope);
    const password = randomPassword(random);
    const user: UserRecord = {
      _id: randomUUID(),
      tenantId,
      name,
      passwordHash: await hashPassword(password),
      role,
      createdAt: clock.now(),
      mustChangePassword: true,
      scope: scope === null ? null : [...scope],
      disabled: false,
    };
    try {
      await records.users.create(user);
    } catch (error) {
      if ((error as { code?: unknown }).code === 11_000) throw nameTaken(name);
      throw error;
    }
    return { user, password };
  }

  /** @throws Problem `user-unknown`, `user-own`, `rights-beyond-own`, `user-last-administrator` */
  remove(principal: Principal, name: string): Promise<void> {
    return this.#inTurn(async () => {
      const { records, sessions, keys, secondFactors } = this.#options;
      const user = await this.#other(principal, name, 'Another administrator can remove you.');
      await requireSuccessor(records, user);
      await records.users.deleteOne({ _id: user._id });
      await secondFactors.drop(user._id);
      await records.identities.deleteMany({ userId: user._id });
      await sessions.endAllOf(user._id);
      await keys.reloadAllOf({ makerId: user._id });
    });
  }

  /** Sessions go on with the new rights; those of a disabled user end. @throws Problem as `create` and `remove` */
  change(principal: Principal, name: string, change: UserChange): Promise<UserRecord> {
    return this.#inTurn(async () => {
      const { records, sessions, keys } = this.#options;
      const user = await this.#other(principal, name, 'Another administrator can change your rights.');
      const role = change.role ?? (user.role as Role);
      const scope = change.scope === undefined ? (user.scope ?? null) : change.scope;
      const disabled = change.disabled ?? user.disabled === true;
      requireWithinOwn(principal, { role, scope });
      await requireKnownScope(records, principal.tenantId, change.scope);
      await requireSuccessor(records, user, disabled ? undefined : { role, scope });
      const next = { role, scope: scope === null ? null : [...scope], disabled };
      await records.users.updateOne({ _id: user._id }, { $set: next });
      await (disabled ? sessions.endAllOf(user._id) : sessions.reloadAllOf(user._id));
      await keys.reloadAllOf({ makerId: user._id });
      return { ...user, ...next };
    });
  }

  /** A new one-time password for somebody else. @throws Problem `user-unknown`, `user-own`, `rights-beyond-own` */
  async resetPassword(principal: Principal, name: string): Promise<string> {
    const { records, sessions, random } = this.#options;
    const { tenantId } = principal;
    await this.#other(principal, name, 'Change your own password with POST /api/v1/sessions/current/password.');
    const { user, password } = await resetPassword({ records, name, tenantId, mustChange: true, random });
    await sessions.endAllOf(user._id);
    return password;
  }

  ownSessions(principal: Principal): Promise<SessionRecord[]> {
    return this.#options.sessions.listOf(principal.userId);
  }

  /** @throws Problem `session-unknown`, also for a session of somebody else */
  async endOwnSession({ userId }: Principal, sessionId: string): Promise<void> {
    const { sessions } = this.#options;
    const own = await sessions.listOf(userId);
    if (!own.some(({ _id }) => _id === sessionId)) throw sessionUnknown();
    await sessions.end(sessionId);
  }

  /** Signs the user out everywhere but here. */
  endOtherSessions({ userId, sessionId }: Principal): Promise<void> {
    return this.#options.sessions.endAllOf(userId, sessionId);
  }

  /** @throws Problem as `resetPassword` */
  async sessionsOf(principal: Principal, name: string): Promise<SessionRecord[]> {
    return this.#options.sessions.listOf((await this.#other(principal, name, ownSessionsAdvice))._id);
  }

  /** @throws Problem as `resetPassword` */
  async endSessionsOf(principal: Principal, name: string): Promise<void> {
    await this.#options.sessions.endAllOf((await this.#other(principal, name, ownSessionsAdvice))._id);
  }

  /** For somebody who lost phone and recovery codes. @throws Problem `user-unknown`, `user-own`, `rights-beyond-own` */
  async resetSecondFactor(principal: Principal, name: string): Promise<void> {
    const { sessions, secondFactors } = this.#options;
    const user = await this.#other(principal, name, 'Remove your own second step on the page of your account.');
    await secondFactors.drop(user._id);
    await sessions.endAllOf(user._id);
  }

  /** Somebody else of the tenant, who has no more rights than the one who asks: else a new password would lend them. */
  async #other(principal: Principal, name: string, advice: string): Promise<UserRecord> {
    const { tenantId, userId } = principal;
    const user = await this.#options.records.users.findOne({ tenantId, name }).lean<UserRecord>();
    if (user === null) throw userUnknown(name);
    if (user._id === userId) throw ownAccount(advice);
    requireWithinOwn(principal, user);
    return user;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

const ownSessionsAdvice = 'Your own are at /api/v1/sessions.';

function sessionUnknown(): Problem {
  return new Problem({
    code: 'session-unknown',
    detail: 'you have no such session',
    advice: 'It may have ended already; GET /api/v1/sessions lists those there are.',
    reaction: 'drop',
    status: 404,
  });
}

function currentWrong(): Problem {
  return new Problem({
    code: 'current-password-wrong',
    detail: 'The current password is wrong.',
    advice: 'Check it, capital letters too; an administrator can give you a new one.',
    reaction: 'drop',
    status: 422,
  });
}

function unfit(detail: string): Problem {
  return new Problem({
    code: 'password-unfit',
    detail,
    advice: 'Choose another one; several words are best.',
    reaction: 'drop',
    status: 422,
  });
}

function guessable(): Problem {
  return new Problem({
    code: 'password-guessable',
    detail: 'The new password is among the first that would be tried.',
    advice: 'Choose several words that have nothing to do with each other, or let a password manager make one.',
    reaction: 'drop',
    status: 422,
  });
}

function nameTaken(name: string): Problem {
  return new Problem({
    code: 'user-name-taken',
    detail: `the user name ${name} is taken`,
    advice: 'Choose another; names are unique over all tenants of the installation.',
    reaction: 'drop',
    status: 409,
  });
}

function ownAccount(advice: string): Problem {
  return new Problem({
    code: 'user-own',
    detail: 'this cannot be done to oneself',
    advice,
    reaction: 'drop',
    status: 409,
  });
}
