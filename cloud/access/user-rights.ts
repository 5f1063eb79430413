import { Problem } from '@gongfu/shared/base/problem';
import type { Records, UserRecord } from '../records/records.ts';
import type { Permission, Principal, Scope } from './principal.ts';
import { permissionsOf, type Role, rolesWith } from './roles.ts';
import { isWithin } from './scope.ts';

/** What an administrator gives somebody: never more than they have themselves. */
export interface Rights {
  readonly role: Role;
  readonly scope: Scope;
}

/** @throws Problem `rights-beyond-own` when the rights, or those somebody has already, go beyond the principal's own. */
export function requireWithinOwn(principal: Principal, { role, scope }: { role: string; scope?: Scope }): void {
  const beyond = [...permissionsOf(role, scope ?? null)].filter(
    // Nobody needs a session to give one away: keys have none.
    (permission) => permission !== 'session:own' && !principal.permissions.has(permission),
  );
  if (beyond.length === 0 && isWithin(scope ?? null, principal.scope)) return;
  throw new Problem({
    code: 'rights-beyond-own',
    detail: `role ${role} has more than you have yourself: ${beyond.join(', ') || 'a wider scope'}`,
    advice: 'Choose a role and a scope within your own, or ask somebody who has them.',
    reaction: 'drop',
    status: 403,
  });
}

/** @throws Problem `scope-asset-unknown` naming every asset the tenant does not have, before anybody is given it. */
export async function requireKnownScope(
  records: Pick<Records, 'assets'>,
  tenantId: string,
  scope: Scope | undefined,
): Promise<void> {
  if (scope === null || scope === undefined) return;
  const known = await records.assets
    .find({ tenantId, assetId: { $in: [...scope] } })
    .select({ assetId: 1 })
    .lean<{ assetId: string }[]>();
  const missing = scope.filter((assetId) => !known.some((asset) => asset.assetId === assetId));
  if (missing.length === 0) return;
  throw new Problem({
    code: 'scope-asset-unknown',
    detail: `there is no asset ${missing.join(', ')}`,
    advice: 'Take the ids from GET /api/v1/assets.',
    reaction: 'drop',
    status: 422,
    places: missing.map((assetId) => ({ where: `body.scope.${scope.indexOf(assetId)}`, what: 'no such asset' })),
  });
}

/**
 * Before a user loses rights: somebody else must be left to manage users in the tenant, and tenants in the installation.
 * @throws Problem `user-last-administrator`
 */
export async function requireSuccessor(
  records: Pick<Records, 'users'>,
  user: UserRecord,
  next?: Rights,
): Promise<void> {
  const loses = (permission: Permission) =>
    user.disabled !== true &&
    permissionsOf(user.role, user.scope ?? null).has(permission) &&
    (next === undefined || !permissionsOf(next.role, next.scope).has(permission));
  const others = { _id: { $ne: user._id }, scope: null, disabled: { $ne: true } };
  const alone =
    (loses('users:manage') &&
      !(await records.users.exists({
        ...others,
        tenantId: user.tenantId,
        role: { $in: rolesWith('users:manage') },
      }))) ||
    (loses('tenants:manage') &&
      !(await records.users.exists({ ...others, role: { $in: rolesWith('tenants:manage') } })));
  if (!alone) return;
  throw new Problem({
    code: 'user-last-administrator',
    detail: `${user.name} is the last administrator`,
    advice: 'Create another administrator first.',
    reaction: 'drop',
    status: 409,
  });
}
