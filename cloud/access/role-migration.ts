import type { Records } from '../records/records.ts';

/** The one role with every permission, before there were several administrators. */
export const formerAdministrator = 'administrator';

/**
 * At every start: administrators from before become the platform's in the tenant of the installation, and their own tenant's
 * elsewhere. A backup from then may be restored at any time.
 */
export async function migrateRoles(records: Pick<Records, 'users'>, homeTenantId: string): Promise<void> {
  const former = { role: formerAdministrator };
  await records.users.updateMany({ ...former, tenantId: homeTenantId }, { $set: { role: 'platform-admin' } });
  await records.users.updateMany(former, { $set: { role: 'tenant-admin' } });
}
