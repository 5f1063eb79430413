import { z } from 'zod';
import { type Permission, type Principal, permissions, type Scope } from '../access/principal.ts';
import type { ApiKeyRecord } from '../records/records.ts';
import { scopeSchema, timeField, timeParameter, timeText } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';

const keyField = z.object({
  id: z.string(),
  name: z.string(),
  permissions: z.array(z.string()),
  scope: z.array(z.string()).nullable().describe('asset ids whose subtrees are seen; null: the whole tenant'),
  maker: z.string().describe('the user whose rights bound those of the key'),
  createdAt: timeField,
  expiresAt: timeField,
  expired: z.boolean(),
  lastUsedAt: timeField.nullable().describe('to a minute'),
  lastUsedFrom: z.string().describe("network address; '' before the first use"),
});

/** What the routes need of access. */
export interface ApiKeyDoor {
  list(tenantId: string): Promise<ApiKeyRecord[]>;
  /** @throws Problem 409, 422 */
  create(
    principal: Principal,
    given: { name: string; permissions: readonly Permission[]; scope: Scope; expiresAt?: number | undefined },
  ): Promise<{ record: ApiKeyRecord; key: string }>;
  /** @throws Problem 404 */
  revoke(tenantId: string, keyId: string): Promise<void>;
}

export function apiKeyRoutes({ keys, clock }: { keys: ApiKeyDoor; clock: { now(): number } }): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/api-keys',
      permission: 'api-keys:manage',
      summary: 'Keys of the tenant, without their text',
      status: 200,
      reply: z.object({ items: z.array(keyField) }),
      handle: async (_request, { tenantId }) => ({
        items: (await keys.list(tenantId)).map((record) => keyJson(record, clock.now())),
      }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/api-keys',
      permission: 'api-keys:manage',
      action: 'api-key-create',
      told: ({ body: { permissions: given, scope } }) => `${given.join(',')} scope=${scope?.join(',') ?? 'all'}`,
      summary: 'Make a key for a program, with no more than one may do oneself; its text is shown only now',
      body: z.strictObject({
        name: z
          .string()
          .regex(
            /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u,
            'expected 1 to 64 letters, digits, spaces, dots, underscores or hyphens',
          ),
        permissions: z.array(z.enum(permissions)).min(1).max(permissions.length),
        scope: scopeSchema.default(null),
        expiresAt: timeParameter.optional(),
      }),
      status: 201,
      reply: keyField.extend({ key: z.string().describe('send it as `Authorization: Bearer`') }),
      handle: async ({ body }, principal) => {
        const { record, key } = await keys.create(principal, body);
        return { ...keyJson(record, clock.now()), key };
      },
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/api-keys/{id}',
      permission: 'api-keys:manage',
      action: 'api-key-revoke',
      summary: 'Revoke a key; it is refused, and its sockets are cut, at once',
      params: z.object({ id: z.string().min(1).max(100) }),
      status: 204,
      reply: null,
      handle: async ({ params }, { tenantId }) => {
        await keys.revoke(tenantId, params.id);
        return null;
      },
    }),
  ];
}

function keyJson(record: ApiKeyRecord, now: number): z.infer<typeof keyField> {
  const { _id, name, permissions: given, scope, makerName, createdAt, expiresAt, lastUsedAt, lastUsedFrom } = record;
  return {
    id: _id,
    name,
    permissions: [...given].sort(),
    scope: scope ?? null,
    maker: makerName,
    createdAt: timeText(createdAt),
    expiresAt: timeText(expiresAt),
    expired: now >= expiresAt,
    lastUsedAt: lastUsedAt === null ? null : timeText(lastUsedAt),
    lastUsedFrom,
  };
}
