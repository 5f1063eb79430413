import { type Permission, permissions, type Scope } from './principal.ts';

const looking = ['assets:read', 'kpis:read', 'live:follow', 'portal:read', 'session:own'] as const;
const reading = [...looking, 'gateways:read', 'tags:read', 'samples:read', 'alarms:read'] as const;

/** What each role may do. Roles are data: a route asks for a permission, never for a role. */
export const roles = {
  'platform-admin': permissions,
  'tenant-admin': permissions.filter((permission) => permission !== 'tenants:manage'),
  'plant-manager': [
    ...reading,
    'samples:export',
    'assets:write',
    'commands:read',
    'commands:request',
    'commands:approve',
  ],
  operator: [...reading, 'commands:read'],
  viewer: reading,
  /** Speaks for the enterprise in the portal: figures of the plant, never its raw signals. */
  'enterprise-clerk': looking,
  /** Of the city's service: what is published in the portal, nothing of a plant. */
  'city-clerk': ['portal:read', 'session:own'],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof roles;

/** They act on the whole tenant, so nobody who sees a part of it has them. */
const wholeTenant: ReadonlySet<Permission> = new Set<Permission>([
  'gateways:enrol',
  'gateways:configure',
  'samples:write',
  'portal:configure',
  'users:manage',
  'api-keys:manage',
  'audit:read',
  'tenants:manage',
]);

/** Nothing for a role this program does not know: a record from a newer version must not open doors. */
export function permissionsOf(role: string, scope: Scope = null): ReadonlySet<Permission> {
  return withinScope(Object.hasOwn(roles, role) ? roles[role as Role] : [], scope);
}

/** What is left of permissions for somebody who sees a part of the tenant. */
export function withinScope(all: Iterable<Permission>, scope: Scope): ReadonlySet<Permission> {
  return new Set([...all].filter((permission) => scope === null || !wholeTenant.has(permission)));
}

/** Every role that has the permission, for a look into the records. */
export function rolesWith(permission: Permission): Role[] {
  return (Object.keys(roles) as Role[]).filter((role) => permissionsOf(role).has(permission));
}
