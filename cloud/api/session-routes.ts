import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { SessionRecord } from '../records/records.ts';
import { timeField, timeText } from './fields.ts';
import { guardedRoute, publicRoute, type Route } from './route.ts';

export interface OpenedSession {
  readonly token: string;
  readonly tokenExpiresAt: number;
  readonly refreshToken: string;
  readonly expiresAt: number;
  readonly principal: Principal;
}

/** What the routes need of access. */
export interface SessionDoor {
  signIn(attempt: {
    name: string;
    password: string;
    code: string | undefined;
    address: string;
    device: string | undefined;
  }): Promise<OpenedSession>;
  /** @throws Problem 401 */
  renew(refreshToken: string, from: { address: string }): Promise<OpenedSession>;
  own(principal: Principal): Promise<SessionRecord[]>;
  /** @throws Problem 404 */
  endOwn(principal: Principal, sessionId: string): Promise<void>;
  endOthers(principal: Principal): Promise<void>;
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

export const openedField = z.object({
  token: z.string(),
  tokenExpiresAt: timeField.describe('when the token has to be renewed'),
  refreshToken: z.string().describe('for POST /api/v1/sessions/refresh, once'),
  expiresAt: timeField.describe('when the session ends if it is not used'),
  user: userField,
});

/** A session as its owner, or an administrator, may recognise it. */
export const sessionField = z.object({
  id: z.string(),
  device: z.string().describe('what the program said it is, as User-Agent'),
  address: z.string(),
  createdAt: timeField,
  lastSeenAt: timeField.describe('to five minutes'),
  expiresAt: timeField,
  current: z.boolean(),
});

export function sessionRoutes(sessions: SessionDoor): Route[] {
  return [
    publicRoute({
      method: 'post',
      path: '/api/v1/sessions',
      summary: 'Sign in; the token goes into `Authorization: Bearer` until it has to be renewed',
      body: z.strictObject({
        user: z.string().min(1).max(200),
        password: z.string().min(1).max(500),
        code: z.string().min(1).max(100).optional().describe('of the app or a recovery code, for those who have them'),
      }),
      status: 201,
      reply: openedField,
      handle: async ({ body, address, headers }) =>
        openedJson(
          await sessions.signIn({
            name: body.user,
            password: body.password,
            code: body.code,
            address,
            device: headers['user-agent'],
          }),
        ),
    }),
    publicRoute({
      method: 'post',
      path: '/api/v1/sessions/refresh',
      summary: 'Trade the refresh token for new tokens; it works once, and a second use ends the session',
      body: z.strictObject({ refreshToken: z.string().min(1).max(200) }),
      status: 200,
      reply: openedField,
      handle: async ({ body, address }) => openedJson(await sessions.renew(body.refreshToken, { address })),
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/sessions',
      permission: 'session:own',
      summary: 'Own sessions, the one used last first',
      status: 200,
      reply: z.object({ items: z.array(sessionField) }),
      handle: async (_request, principal) => ({
        items: (await sessions.own(principal)).map((session) => ({
          ...sessionJson(session),
          current: session._id === principal.sessionId,
        })),
      }),
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/sessions',
      permission: 'session:own',
      action: 'sign-out-elsewhere',
      summary: 'End all own sessions but this one, with their sockets',
      status: 204,
      reply: null,
      handle: async (_request, principal) => {
        await sessions.endOthers(principal);
        return null;
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
    guardedRoute({
      method: 'delete',
      path: '/api/v1/sessions/{id}',
      permission: 'session:own',
      action: 'session-end',
      summary: 'End one of the own sessions, with its sockets',
      params: z.object({ id: z.string().min(1).max(100) }),
      status: 204,
      reply: null,
      handle: async ({ params }, principal) => {
        await sessions.endOwn(principal, params.id);
        return null;
      },
    }),
  ];
}

export function sessionJson(session: SessionRecord): Omit<z.infer<typeof sessionField>, 'current'> {
  const { _id, device, address, createdAt, lastSeenAt, expiresAt } = session;
  return {
    id: _id,
    device,
    address,
    createdAt: timeText(createdAt),
    lastSeenAt: timeText(lastSeenAt),
    expiresAt: timeText(expiresAt),
  };
}

export function openedJson(opened: OpenedSession): z.infer<typeof openedField> {
  const { token, tokenExpiresAt, refreshToken, expiresAt, principal } = opened;
  return {
    token,
    tokenExpiresAt: timeText(tokenExpiresAt),
    refreshToken,
    expiresAt: timeText(expiresAt),
    user: userOf(principal),
  };
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
