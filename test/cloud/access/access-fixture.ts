import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { AuditTrail } from '#cloud/access/audit-trail';
import { hashPassword } from '#cloud/access/password';
import { connectRecords } from '#cloud/records/connect';
import type { Records, UserRecord } from '#cloud/records/records';

/** An audit that keeps nothing, for tests of something else. */
export const noAudit: AuditTrail = {
  record: async () => undefined,
  note: async () => undefined,
  refuse: async () => undefined,
};

/** Nobody has a second step, for tests of something else. */
export const noSecondFactor = { require: async () => undefined };

export interface RecordsFixture {
  readonly records: Records;
  remove(): Promise<void>;
}

export async function makeRecords(): Promise<RecordsFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'access-'));
  const records = await connectRecords({ folder, log: silentLogger });
  const remove = async () => {
    await records.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { records, remove };
}

export async function addUser(records: Records, user: Partial<UserRecord> & { password?: string } = {}) {
  const { password = 'correct horse', ...fields } = user;
  const name = fields.name ?? 'li';
  const record: UserRecord = {
    _id: `user-${name}`,
    tenantId: 'qingdao',
    name,
    passwordHash: await hashPassword(password),
    role: 'platform-admin',
    createdAt: 0,
    ...fields,
  };
  await records.users.create(record);
  return record;
}
