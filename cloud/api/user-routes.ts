import { z } from 'zod';
import type { Principal, Scope } from '../access/principal.ts';
import { type Role, roles } from '../access/roles.ts';
import type { SessionRecord, UserRecord } from '../records/records.ts';
import { scopeSchema, timeField, timeText } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';
import { sessionField, sessionJson } from './session-routes.ts';

export const userNameSchema = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u,
    'expected 1 to 64 letters, digits, dots, underscores, @ or hyphens, a letter or digit first',
  )
  // Two keyboards must not make two users whose names look the same.
  .refine((name) => name === name.normalize('NFKC'), 'expected plain letters, not wide or composed ones');

/** The one administrator of earlier versions is still understood. */
const roleSchema = z
  .enum([...(Object.keys(roles) as Role[]), 'administrator'])
  .transform((role): Role => (role === 'administrator' ? 'tenant-admin' : role));
const params = z.object({ name: z.string().min(1).max(200) });

const accountField = z.object({
  name: z.string(),
  role: z.string(),
  scope: z.array(z.string()).nullable().describe('asset ids whose subtrees are seen; null: the whole tenant'),
  disabled: z.boolean(),
  createdAt: timeField,
  mustChangePassword: z.boolean(),
  hasSecondFactor: z.boolean().describe('the sign-in asks for a code as well'),
});
const passwordField = z.string().describe('shown only now; must be changed at the first sign-in');

/** What the routes need of access. */
export interface AccountDoor {
  list(tenantId: string): Promise<UserRecord[]>;
  /** Ids of those who have a second step. */
  withSecondFactor(users: readonly UserRecord[]): Promise<ReadonlySet<string>>;
  /** @throws Problem 403, 409, 422 */
  create(
    principal: Principal,
    given: { name: string; role: Role; scope: Scope },
  ): Promise<{ user: UserRecord; password: string }>;
  /** @throws Problem 403, 404, 409, 422 */
  change(
    principal: Principal,
    name: string,
    change: { role?: Role | undefined; scope?: Scope | undefined; disabled?: boolean | undefined },
  ): Promise<UserRecord>;
  /** @throws Problem 404, 409 */
  remove(principal: Principal, name: string): Promise<void>;
  /** @throws Problem 404, 409 */
  resetPassword(principal: Principal, name: string): Promise<string>;
  /** @throws Problem 403, 404, 409 */
  sessionsOf(principal: Principal, name: string): Promise<SessionRecord[]>;
  /** @throws Problem 403, 404, 409 */
  endSessionsOf(principal: Principal, name: string): Promise<void>;
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
      handle: async (_request, { tenantId }) => {
        const users = await accounts.list(tenantId);
        const holders = await accounts.withSecondFactor(users);
        return { items: users.map((user) => accountJson(user, holders)) };
      },
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/users',
      permission: 'users:manage',
      action: 'user-create',
      summary: 'Create a user; the first password is shown only now',
      told: ({ body }) => rightsText(body),
      body: z.strictObject({ name: userNameSchema, role: roleSchema, scope: scopeSchema.default(null) }),
      status: 201,
      reply: accountField.extend({ password: passwordField }),
      handle: async ({ body }, principal) => {
        const { user, password } = await accounts.create(principal, body);
        return { ...accountJson(user, new Set()), password };
      },
    }),
    guardedRoute({
      method: 'patch',
      path: '/api/v1/users/{name}',
      permission: 'users:manage',
      action: 'user-change',
      summary: 'Change role, scope, or whether a user may sign in; takes effect at once, also on open sockets',
      params,
      told: ({ body }) => rightsText(body),
      body: z.strictObject({
        role: roleSchema.optional(),
        scope: scopeSchema.optional(),
        disabled: z.boolean().optional(),
      }),
      status: 200,
      reply: accountField,
      handle: async ({ params, body }, principal) => {
        const user = await accounts.change(principal, params.name, body);
        return accountJson(user, await accounts.withSecondFactor([user]));
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
      method: 'get',
      path: '/api/v1/users/{name}/sessions',
      permission: 'users:manage',
      summary: 'Sessions of a user, the one used last first',
      params,
      status: 200,
      reply: z.object({ items: z.array(sessionField.omit({ current: true })) }),
      handle: async ({ params }, principal) => ({
        items: (await accounts.sessionsOf(principal, params.name)).map(sessionJson),
      }),
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/users/{name}/sessions',
      permission: 'users:manage',
      action: 'user-sign-out',
      summary: 'End all sessions of a user, with their sockets',
      params,
      status: 204,
      reply: null,
      handle: async ({ params }, principal) => {
        await accounts.endSessionsOf(principal, params.name);
        return null;
      },
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

/** What was given, as the audit says it: `role=operator scope=site.line-1`. */
function rightsText(given: { role?: string | undefined; scope?: Scope | undefined; disabled?: boolean | undefined }) {
  const { role, scope, disabled } = given;
  return [
    ...(role === undefined ? [] : [`role=${role}`]),
    ...(scope === undefined ? [] : [`scope=${scope?.join(',') ?? 'all'}`]),
    ...(disabled === undefined ? [] : [`disabled=${disabled}`]),
  ].join(' ');
}

function accountJson(user: UserRecord, withSecondFactor: ReadonlySet<string>): z.infer<typeof accountField> {
  const { name, role, scope = null, disabled, createdAt, mustChangePassword } = user;
  return {
    name,
    role,
    scope,
    disabled: disabled === true,
    createdAt: timeText(createdAt),
    mustChangePassword: mustChangePassword === true,
    hasSecondFactor: withSecondFactor.has(user._id),
  };
}
