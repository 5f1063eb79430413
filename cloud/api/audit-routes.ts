import { z } from 'zod';
import type { AuditRecord } from '../records/records.ts';
import { limitParameter, timeField, timeText } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';

const entryField = z.object({
  number: z.number().int().describe('counts up by one in the tenant'),
  at: timeField,
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  action: z.string(),
  object: z.string(),
  outcome: z.string().describe('begun (before a change), done, refused or failed'),
  address: z.string(),
  detail: z.string(),
});

/** What the routes need of access. */
export interface AuditDoor {
  /** Newest first, those with a smaller number than `before`. */
  list(options: { tenantId: string; before?: number; limit: number }): Promise<AuditRecord[]>;
}

export function auditRoutes(audit: AuditDoor): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/audit',
      permission: 'audit:read',
      summary: 'What was done and what was refused in the tenant, newest first',
      query: z.strictObject({
        limit: limitParameter(100, 1000),
        cursor: z
          .string()
          .regex(/^\d{1,15}$/, 'expected the cursor of an earlier answer')
          .transform(Number)
          .optional(),
      }),
      status: 200,
      reply: z.object({ items: z.array(entryField), cursor: z.string().optional() }),
      handle: async ({ query }, { tenantId }) => {
        const { limit, cursor } = query;
        const found = await audit.list({
          tenantId,
          limit: limit + 1,
          ...(cursor === undefined ? {} : { before: cursor }),
        });
        const items = found.slice(0, limit).map(entryJson);
        const last = items.at(-1);
        return { items, ...(found.length > limit && last !== undefined ? { cursor: String(last.number) } : {}) };
      },
    }),
  ];
}

function entryJson({ _id, tenantId: _tenant, at, ...entry }: AuditRecord): z.infer<typeof entryField> {
  return { ...entry, at: timeText(at) };
}
