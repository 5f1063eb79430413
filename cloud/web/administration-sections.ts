import type { User } from './api-shapes.ts';

/** Every page under /administration, and the permission without which it shows nothing. */
export const administrationSections = [
  { id: 'users', permission: 'users:manage' },
  { id: 'roles', permission: 'users:manage' },
  { id: 'tenants', permission: 'tenants:manage' },
  { id: 'calendar', permission: 'assets:write' },
  { id: 'api-keys', permission: 'api-keys:manage' },
  { id: 'brokers', permission: 'gateways:enrol' },
  { id: 'webhooks', permission: 'gateways:enrol' },
  { id: 'audit', permission: 'audit:read' },
] as const;

export type AdministrationSection = (typeof administrationSections)[number]['id'];

export function sectionsOf(user: Pick<User, 'permissions'>) {
  return administrationSections.filter(({ permission }) => user.permissions.includes(permission));
}
