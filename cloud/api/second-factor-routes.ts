import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { guardedRoute, type Route } from './route.ts';

/** What the routes need of access. */
export interface SecondFactorDoor {
  status(userId: string): Promise<{ enabled: boolean; recoveryCodesLeft: number }>;
  /** @throws Problem 409, 422, 429 */
  begin(principal: Principal, proof: { password: string; address: string }): Promise<{ secret: string; uri: string }>;
  /** Ends the user's other sessions. @throws Problem 409, 422 */
  confirm(principal: Principal, code: string): Promise<string[]>;
  /** @throws Problem 409, 422, 429 */
  renewRecoveryCodes(userId: string, code: string): Promise<string[]>;
  /** @throws Problem 409, 422, 429 */
  remove(userId: string, code: string): Promise<void>;
  /** For somebody else; ends that user's sessions. @throws Problem 403, 404, 409 */
  reset(principal: Principal, userName: string): Promise<void>;
}

const codeField = z.string().min(1).max(100).describe('of the app, or a recovery code');
const recoveryReply = z.object({
  recoveryCodes: z.array(z.string()).describe('each good once in place of a code; shown only now'),
});

export function secondFactorRoutes(factors: SecondFactorDoor): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/account/second-factor',
      permission: 'session:own',
      summary: 'Whether the own sign-in asks for a code',
      status: 200,
      reply: z.object({ enabled: z.boolean(), recoveryCodesLeft: z.number().int() }),
      handle: (_request, { userId }) => factors.status(userId),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/account/second-factor',
      permission: 'session:own',
      action: 'second-factor-begin',
      summary: 'Begin with codes of an app (RFC 6238); nothing changes before a code confirms it',
      body: z.strictObject({ password: z.string().min(1).max(500) }),
      status: 201,
      reply: z.object({ secret: z.string(), uri: z.string().describe('otpauth address for a QR code') }),
      handle: ({ body, address }, principal) => factors.begin(principal, { ...body, address }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/account/second-factor/confirmation',
      permission: 'session:own',
      action: 'second-factor-enable',
      summary: 'Confirm with a first code: from now on every sign-in asks for one; other sessions end',
      body: z.strictObject({ code: codeField }),
      status: 200,
      reply: recoveryReply,
      handle: async ({ body }, principal) => ({ recoveryCodes: await factors.confirm(principal, body.code) }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/account/second-factor/recovery-codes',
      permission: 'session:own',
      action: 'recovery-codes-renew',
      summary: 'Ten new recovery codes; the old ones end',
      body: z.strictObject({ code: codeField }),
      status: 200,
      reply: recoveryReply,
      handle: async ({ body }, { userId }) => ({ recoveryCodes: await factors.renewRecoveryCodes(userId, body.code) }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/account/second-factor/removal',
      permission: 'session:own',
      action: 'second-factor-remove',
      summary: 'Sign in without a code again',
      body: z.strictObject({ code: codeField }),
      status: 204,
      reply: null,
      handle: async ({ body }, { userId }) => {
        await factors.remove(userId, body.code);
        return null;
      },
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/users/{name}/second-factor',
      permission: 'users:manage',
      action: 'second-factor-reset',
      summary: 'Let a user who lost phone and recovery codes sign in without a code; all its sessions end at once',
      params: z.object({ name: z.string().min(1).max(200) }),
      status: 204,
      reply: null,
      handle: async ({ params }, principal) => {
        await factors.reset(principal, params.name);
        return null;
      },
    }),
  ];
}
