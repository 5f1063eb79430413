import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { type Role, roles } from '../access/roles.ts';
import type { UserRecord } from '../records/records.ts';
import { timeField, timeText } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';

export const userNameSchema = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u,
    'expected 1 to 64 letters, digits, dots, underscores, @ or hyphens, a letter or digit first',
  )
  // Two keyboards must not make two users whose names look the same.
  .refine((name) => name === name.normalize('NFKC'), 'expected plain letters, not wide or composed ones');

const roleSchema = z.enum(Object.keys(roles) as [Role, ...Role[]]);
const params = z.object({ name: z.string().min(1).max(200) });

const accountField = z.object({
  name: z.string(),
  role: z.string(),
  createdAt: timeField,
  mustChangePassword: z.boolean(),
});
const passwordField = z.string().describe('shown only now; must be changed at the first sign-in');

/** What the routes need of access. */
export interface AccountDoor {
  list(tenantId: string): Promise<UserRecord[]>;
  /** @throws Problem 409 */
  create(tenantId: string, name: string, role: Role): Promise<{ user: UserRecord; password: string }>;
  /** @throws Problem 404, 409 */
  remove(principal: Principal, name: string): Promise<void>;
  /** @throws Problem 404, 409 */
  resetPassword(principal: Principal, name: string): Promise<string>;
}

export function userRoutes(accounts: AccountDoor): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/users',
      permission: 'users:manage',
      summary: 'Users of the tenant',
      status: 200,
      reply: z.object({ items: z.array(accountField) }),
      handle: async (_request, { tenantId }) => ({ items: (await accounts.list(tenantId)).map(accountJson) }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/users',
      permission: 'users:manage',
      action: 'user-create',
      summary: 'Create a user; the first password is shown only now',
      body: z.strictObject({ name: userNameSchema, role: roleSchema }),
      status: 201,
      reply: accountField.extend({ password: passwordField }),
      handle: async ({ body }, { tenantId }) => {
        const { user, password } = await accounts.create(tenantId, body.name, body.role);
        return { ...accountJson(user), password };
      },
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/users/{name}/password',
      permission: 'users:manage',
      action: 'password-reset',
      summary: 'Give a user a new first password, shown only now; all its sessions end at once',
      params,
      status: 201,
      reply: z.object({ name: z.string(), password: passwordField }),
      handle: async ({ params }, principal) => ({
        name: params.name,
        password: await accounts.resetPassword(principal, params.name),
      }),
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/users/{name}',
      permission: 'users:manage',
      action: 'user-remove',
      summary: 'Remove a user; its sessions end at once',
      params,
      status: 204,
      reply: null,
      handle: async ({ params }, principal) => {
        await accounts.remove(principal, params.name);
        return null;
      },
    }),
  ];
}

function accountJson({ name, role, createdAt, mustChangePassword }: UserRecord): z.infer<typeof accountField> {
  return { name, role, createdAt: timeText(createdAt), mustChangePassword: mustChangePassword === true };
}
