import { z } from 'zod';
import type { AuditRecord } from '../records/records.ts';
import { limitParameter, ranged, timeField, timeParameter, timeText } from './fields.ts';
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
  /** Newest first. */
  list(query: {
    tenantId: string;
    limit: number;
    before?: number | undefined;
    actor?: string | undefined;
    action?: string | undefined;
    object?: string | undefined;
    outcome?: AuditRecord['outcome'] | undefined;
    from?: number | undefined;
    to?: number | undefined;
  }): Promise<AuditRecord[]>;
}

export function auditRoutes(audit: AuditDoor): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/audit',
      permission: 'audit:read',
      summary: 'What was done and what was refused in the tenant, newest first',
      query: ranged(
        z.strictObject({
          actor: z.string().min(1).max(200).describe('name of a user, key or gateway').optional(),
          action: z.string().min(1).max(100).optional(),
          object: z.string().min(1).max(300).optional(),
          outcome: z.enum(['begun', 'done', 'refused', 'failed']).optional(),
          from: timeParameter.optional(),
          to: timeParameter.optional(),
          limit: limitParameter(100, 1000),
          cursor: z
            .string()
            .regex(/^\d{1,15}$/, 'expected the cursor of an earlier answer')
            .transform(Number)
            .optional(),
        }),
      ),
      status: 200,
      reply: z.object({ items: z.array(entryField), cursor: z.string().optional() }),
      handle: async ({ query }, { tenantId }) => {
        const { limit, cursor, ...narrowed } = query;
        const found = await audit.list({ tenantId, ...narrowed, limit: limit + 1, before: cursor });
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
