import { type Permission, permissions } from './principal.ts';

const reading = ['gateways:read', 'assets:read', 'tags:read', 'samples:read', 'kpis:read', 'session:own'] as const;

/** What each role may do. Roles are data: a route asks for a permission, never for a role. */
export const roles = {
  administrator: permissions,
  'plant-manager': reading,
  operator: reading,
  viewer: reading,
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof roles;

/** Nothing for a role this program does not know: a record from a newer version must not open doors. */
export function permissionsOf(role: string): ReadonlySet<Permission> {
  return new Set(Object.hasOwn(roles, role) ? roles[role as Role] : []);
}
