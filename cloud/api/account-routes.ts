import { z } from 'zod';
import { guardedRoute, type Route } from './route.ts';

/** What the routes need of access. */
export interface OwnAccountDoor {
  /** Issuer of the identity provider a user came by; null for one made here. */
  issuerOf(userId: string): Promise<string | null>;
}

export function accountRoutes(accounts: OwnAccountDoor): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/account',
      permission: 'session:own',
      summary: 'How the own account signs in',
      status: 200,
      reply: z.object({
        name: z.string(),
        issuer: z.string().nullable().describe('of the identity provider that keeps it; null: name and password'),
      }),
      handle: async (_request, { userId, userName }) => ({ name: userName, issuer: await accounts.issuerOf(userId) }),
    }),
  ];
}
