import { randomBytes } from 'node:crypto';
import { Problem } from '@gongfu/shared/base/problem';
import type { Records, UserRecord } from '../records/records.ts';
import { hashPassword, randomPassword } from './password.ts';

/**
 * Gives a user a random password, which is known nowhere else, and says whose it is. Sessions are the caller's to end.
 * @throws Problem `user-unknown`
 */
export async function resetPassword(options: {
  records: Pick<Records, 'users'>;
  name: string;
  /** Only a user of this tenant; any when left out. */
  tenantId?: string;
  mustChange: boolean;
  random?: (bytes: number) => Uint8Array;
}): Promise<{ user: UserRecord; password: string }> {
  const { records, name, tenantId, mustChange, random = randomBytes } = options;
  const password = randomPassword(random);
  const user = await records.users
    .findOneAndUpdate(
      { name, ...(tenantId === undefined ? {} : { tenantId }) },
      { $set: { passwordHash: await hashPassword(password), mustChangePassword: mustChange } },
      { returnDocument: 'after' },
    )
    .lean<UserRecord>();
  if (user === null) throw userUnknown(name);
  return { user, password };
}

export function userUnknown(name: string): Problem {
  return new Problem({
    code: 'user-unknown',
    detail: `there is no user ${name}`,
    advice: 'Check the name, capital letters too; GET /api/v1/users lists the users of your tenant.',
    reaction: 'drop',
    status: 404,
  });
}
