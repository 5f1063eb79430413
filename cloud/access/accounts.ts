import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { Records, UserRecord } from '../records/records.ts';
import { hashPassword, passwordLengthMin, randomPassword, samePassword } from './password.ts';
import { resetPassword, userUnknown } from './password-reset.ts';
import { isGuessable } from './password-strength.ts';
import type { Principal } from './principal.ts';
import type { Role } from './roles.ts';
import type { Sessions } from './session.ts';
import type { SignIn } from './sign-in.ts';

export interface AccountsOptions {
  readonly records: Pick<Records, 'users'>;
  readonly sessions: Pick<Sessions, 'endAllOf'>;
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

/** The users of a tenant and their passwords. A change that takes rights away ends the sessions before it returns. */
export class Accounts {
  readonly #options: Required<AccountsOptions>;
  /** Removals wait for each other: two administrators removing each other would leave none. */
  #removal: Promise<unknown> = Promise.resolve();

  constructor(options: AccountsOptions) {
    this.#options = { random: randomBytes, ...options };
  }

  /** @throws Problem `current-password-wrong`, `password-unfit`, `password-guessable`, `sign-in-too-often` */
  async changeOwnPassword(principal: Principal, { current, next, address }: PasswordChange): Promise<void> {
    const { records, sessions, signIn } = this.#options;
    const { user, matches } = await signIn.check({ name: principal.userName, password: current, address });
    if (user === null || !matches || user._id !== principal.userId) throw currentWrong();
    if (samePassword(current, next)) throw unfit('The new password is the current one.');
    if (samePassword(next.toLowerCase(), user.name.toLowerCase())) throw unfit('The new password is the user name.');
    if ([...next].length >= passwordLengthMin && isGuessable(next, [user.name])) throw guessable();
    const changed = await records.users.updateOne(
      // Not over a password an administrator has set meanwhile.
      { _id: user._id, passwordHash: user.passwordHash },
      { $set: { passwordHash: await hashPassword(next), mustChangePassword: false } },
    );
    if (changed.matchedCount !== 1) throw currentWrong();
    await sessions.endAllOf(user._id, principal.sessionId);
  }

  list(tenantId: string): Promise<UserRecord[]> {
    return this.#options.records.users.find({ tenantId }).sort({ name: 1 }).lean<UserRecord[]>();
  }

  /** The password is shown once; it must be changed at the first sign-in. @throws Problem `user-name-taken` */
  async create(tenantId: string, name: string, role: Role): Promise<{ user: UserRecord; password: string }> {
    const { records, clock, random } = this.#options;
    const password = randomPassword(random);
    const user: UserRecord = {
      _id: randomUUID(),
      tenantId,
      name,
      passwordHash: await hashPassword(password),
      role,
      createdAt: clock.now(),
      mustChangePassword: true,
    };
    try {
      await records.users.create(user);
    } catch (error) {
      if ((error as { code?: unknown }).code === 11_000) throw nameTaken(name);
      throw error;
    }
    return { user, password };
  }

  /** @throws Problem `user-unknown`, `user-own`, `user-last-administrator` */
  remove(principal: Principal, name: string): Promise<void> {
    const removal = this.#removal.then(() => this.#remove(principal, name));
    this.#removal = removal.catch(() => undefined);
    return removal;
  }

  /** A new one-time password for somebody else. @throws Problem `user-unknown`, `user-own` */
  async resetPassword({ tenantId, userName }: Principal, name: string): Promise<string> {
    const { records, sessions, random } = this.#options;
    if (name === userName) throw ownAccount('Change your own password with POST /api/v1/sessions/current/password.');
    const { user, password } = await resetPassword({ records, name, tenantId, mustChange: true, random });
    await sessions.endAllOf(user._id);
    return password;
  }

  async #remove({ tenantId, userName }: Principal, name: string): Promise<void> {
    const { records, sessions } = this.#options;
    if (name === userName) throw ownAccount('Another administrator can remove you.');
    const user = await records.users.findOne({ tenantId, name }).lean<UserRecord>();
    if (user === null) throw userUnknown(name);
    const others = { tenantId, role: 'administrator', _id: { $ne: user._id } };
    if (user.role === 'administrator' && (await records.users.exists(others)) === null) throw lastAdministrator(name);
    await records.users.deleteOne({ _id: user._id });
    await sessions.endAllOf(user._id);
  }
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

function lastAdministrator(name: string): Problem {
  return new Problem({
    code: 'user-last-administrator',
    detail: `${name} is the last administrator of the tenant`,
    advice: 'Create another administrator first.',
    reaction: 'drop',
    status: 409,
  });
}
