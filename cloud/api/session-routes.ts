import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { timeField, timeText } from './fields.ts';
import { guardedRoute, publicRoute, type Route } from './route.ts';

/** What the routes need of access. */
export interface SessionDoor {
  signIn(attempt: {
    name: string;
    password: string;
    address: string;
  }): Promise<{ token: string; expiresAt: number; principal: Principal }>;
  end(sessionId: string): Promise<void>;
  /** Ends the user's other sessions. @throws Problem 422 */
  changePassword(principal: Principal, change: { current: string; next: string; address: string }): Promise<void>;
}

const userField = z.object({
  name: z.string(),
  role: z.string(),
  tenantId: z.string(),
  permissions: z.array(z.string()),
  scope: z.array(z.string()).nullable().describe('asset ids whose subtrees are seen; null: the whole tenant'),
  mustChangePassword: z.boolean().describe('all permissions but session:own are withheld until it is changed'),
});

export function sessionRoutes(sessions: SessionDoor): Route[] {
  return [
    publicRoute({
      method: 'post',
      path: '/api/v1/sessions',
      summary: 'Sign in; the token goes into `Authorization: Bearer`',
      body: z.strictObject({
        user: z.string().min(1).max(200),
        password: z.string().min(1).max(500),
      }),
      status: 201,
      reply: z.object({
        token: z.string(),
        expiresAt: timeField,
        user: userField,
      }),
      handle: async ({ body, address }) => {
        const signedIn = await sessions.signIn({
          name: body.user,
          password: body.password,
          address,
        });
        return {
          token: signedIn.token,
          expiresAt: timeText(signedIn.expiresAt),
          user: userOf(signedIn.principal),
        };
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/sessions/current',
      permission: 'session:own',
      summary: 'Who is signed in',
      status: 200,
      reply: z.object({ user: userField }),
      handle: async (_request, principal) => ({ user: userOf(principal) }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/sessions/current/password',
      permission: 'session:own',
      action: 'password-change',
      summary: 'Change the own password; all other sessions of the user end at once',
      body: z.strictObject({ current: z.string().min(1).max(500), next: z.string().min(1).max(500) }),
      status: 204,
      reply: null,
      handle: async ({ body, address }, principal) => {
        await sessions.changePassword(principal, { ...body, address });
        return null;
      },
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/sessions/current',
      permission: 'session:own',
      action: 'sign-out',
      summary: 'Sign out: the token and its sockets end at once',
      status: 204,
      reply: null,
      handle: async (_request, principal) => {
        await sessions.end(principal.sessionId);
        return null;
      },
    }),
  ];
}

function userOf(principal: Principal): z.infer<typeof userField> {
  const { userName, role, tenantId, permissions, scope } = principal;
  return {
    name: userName,
    role,
    tenantId,
    permissions: [...permissions].sort(),
    scope: scope === null ? null : [...scope],
    mustChangePassword: principal.passwordChangeDue === true,
  };
}
