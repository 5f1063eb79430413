import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Records } from '../records/records.ts';
import { hashPassword, randomPassword } from './password.ts';

export interface BootstrapOptions {
  readonly records: Pick<Records, 'users'>;
  readonly tenantId: string;
  readonly clock: Clock;
  /** Cryptographic; node:crypto unless told. */
  readonly random?: (bytes: number) => Uint8Array;
}

/**
 * Creates the first administrator when there is no user at all, and returns the password, which is known nowhere else.
 * Undefined at every later start.
 */
export async function bootstrapAdministrator(
  options: BootstrapOptions,
): Promise<{ name: string; password: string } | undefined> {
  const { records, tenantId, clock, random = randomBytes } = options;
  if ((await records.users.exists({})) !== null) return undefined;
  const name = 'admin';
  const password = randomPassword(random);
  const passwordHash = await hashPassword(password);
  const created = await records.users.updateOne(
    { name },
    { $setOnInsert: { _id: randomUUID(), tenantId, passwordHash, role: 'platform-admin', createdAt: clock.now() } },
    { upsert: true },
  );
  return created.upsertedCount === 1 ? { name, password } : undefined;
}
