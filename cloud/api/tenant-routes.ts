import { z } from 'zod';
import type { Tenants } from '../access/tenants.ts';
import { localText, slug } from '../assets/calendar-schema.ts';
import { timeField, timeText } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';
import { userNameSchema } from './user-routes.ts';

const tenantField = z.object({
  id: z.string(),
  name: localText,
  createdAt: timeField.nullable(),
  suspendedAt: timeField.nullable().describe('null while it is not'),
  users: z.number().int(),
  gateways: z.number().int().describe('enrolled ones'),
});

const params = z.object({ id: z.string().min(1).max(100) });

export function tenantRoutes(tenants: Pick<Tenants, 'list' | 'create' | 'suspend' | 'resume'>): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/tenants',
      permission: 'tenants:manage',
      summary: 'Every tenant of the installation',
      status: 200,
      reply: z.object({ items: z.array(tenantField) }),
      handle: async () => ({
        items: (await tenants.list()).map(({ createdAt, suspendedAt, ...tenant }) => ({
          ...tenant,
          createdAt: createdAt === null ? null : timeText(createdAt),
          suspendedAt: suspendedAt === null ? null : timeText(suspendedAt),
        })),
      }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/tenants',
      permission: 'tenants:manage',
      action: 'tenant-create',
      summary: 'Make a tenant with its first administrator, whose password is shown only now',
      body: z.strictObject({ id: slug, name: localText, administrator: userNameSchema }),
      status: 201,
      reply: z.object({ id: z.string(), administrator: z.string(), password: z.string() }),
      handle: async ({ body }, principal) => {
        const { password } = await tenants.create(principal, body);
        return { id: body.id, administrator: body.administrator, password };
      },
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/tenants/{id}/suspension',
      permission: 'tenants:manage',
      action: 'tenant-suspend',
      summary: 'Suspend a tenant: no person, key or gateway of it gets in; all it has stays',
      params,
      status: 204,
      reply: null,
      handle: async ({ params }, principal) => {
        await tenants.suspend(principal, params.id);
        return null;
      },
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/tenants/{id}/suspension',
      permission: 'tenants:manage',
      action: 'tenant-resume',
      summary: 'Take a suspension back',
      params,
      status: 204,
      reply: null,
      handle: async ({ params }) => {
        await tenants.resume(params.id);
        return null;
      },
    }),
  ];
}
