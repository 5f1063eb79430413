import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Records } from '../records/records.ts';
import { hashPassword } from './password.ts';

export interface BootstrapOptions {
  readonly records: Pick<Records, 'users'>;
  readonly tenantId: string;
  readonly clock: Clock;
  /** Cryptographic; node:crypto unless told. */
  readonly random?: (bytes: number) => Uint8Array;
}

/** Letters and digits nobody mistakes for another when typing them from a screen. */
const signs = 'abcdefghjkmnpqrstuvwxyz23456789';
const groups = 5;
const groupLength = 4;

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
    { $setOnInsert: { _id: randomUUID(), tenantId, passwordHash, role: 'administrator', createdAt: clock.now() } },
    { upsert: true },
  );
  return created.upsertedCount === 1 ? { name, password } : undefined;
}

/** 20 signs of 31, 99 bits, as `k7mp-…`. */
function randomPassword(random: (bytes: number) => Uint8Array): string {
  let text = '';
  while (text.length < groups * groupLength) {
    // Five bits a byte; the one value beyond the alphabet is thrown away, so that every sign is as likely.
    for (const byte of random(32)) text += signs[byte & 31] ?? '';
  }
  return Array.from({ length: groups }, (_, group) => text.slice(group * groupLength, (group + 1) * groupLength)).join(
    '-',
  );
}
