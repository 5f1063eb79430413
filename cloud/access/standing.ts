import { Problem } from '@gongfu/shared/base/problem';
import type { Records, UserRecord } from '../records/records.ts';

/** True while nobody of the tenant may sign in, and neither its sessions nor its keys open anything. */
export async function isSuspended(records: Pick<Records, 'tenants'>, tenantId: string): Promise<boolean> {
  return (await records.tenants.exists({ _id: tenantId, suspendedAt: { $ne: null } })) !== null;
}

/**
 * Whoever has proved who they are may still not come in; only to them it is told.
 * @throws Problem `user-disabled`, `tenant-suspended` (401)
 */
export async function requireStanding(records: Pick<Records, 'tenants'>, user: UserRecord): Promise<void> {
  if (user.disabled === true) {
    throw new Problem({
      code: 'user-disabled',
      detail: 'This user may not sign in any more.',
      advice: 'Ask an administrator of your tenant.',
      reaction: 'drop',
      status: 401,
    });
  }
  if (await isSuspended(records, user.tenantId)) {
    throw new Problem({
      code: 'tenant-suspended',
      detail: 'Your tenant is suspended: nobody of it may sign in.',
      advice: 'Ask whoever runs the platform.',
      reaction: 'drop',
      status: 401,
    });
  }
}
