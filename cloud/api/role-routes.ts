import { z } from 'zod';
import { permissions } from '../access/principal.ts';
import { type Role, roles } from '../access/roles.ts';
import { guardedRoute, type Route } from './route.ts';

export function roleRoutes(): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/roles',
      permission: 'users:manage',
      summary: 'What each role may do; roles are part of the program',
      status: 200,
      reply: z.object({
        permissions: z.array(z.string()).describe('all there are'),
        items: z.array(z.object({ role: z.string(), permissions: z.array(z.string()) })),
      }),
      handle: async () => ({
        permissions: [...permissions],
        items: (Object.keys(roles) as Role[]).map((role) => ({ role, permissions: [...roles[role]] })),
      }),
    }),
  ];
}
