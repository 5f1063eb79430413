import type { Records } from '../records/records.ts';

/** True while nobody of the tenant may sign in, and neither its sessions nor its keys open anything. */
export async function isSuspended(records: Pick<Records, 'tenants'>, tenantId: string): Promise<boolean> {
  return (await records.tenants.exists({ _id: tenantId, suspendedAt: { $ne: null } })) !== null;
}
