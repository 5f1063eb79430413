import { z } from 'zod';
import type { Permission } from '../access/principal.ts';
import { parseHeard } from './position.ts';

/**
 * Every event of namespace `/live`, both ways, with the one permission it needs. The hub serves nothing that is not in
 * this list, so the list is what a permission test reads. Only `problem`, the reason of a cut, stands outside: it tells
 * of the connection alone.
 */
export const liveEvents = [
  // Each part of the answer is guarded by the event it belongs to.
  { event: 'subscribe', direction: 'in', permission: 'live:follow' },
  { event: 'unsubscribe', direction: 'in', permission: 'live:follow' },
  { event: 'samples', direction: 'out', permission: 'samples:read' },
  { event: 'kpis', direction: 'out', permission: 'kpis:read' },
  { event: 'alarms', direction: 'out', permission: 'alarms:read' },
  { event: 'gateways', direction: 'out', permission: 'gateways:read' },
] as const satisfies readonly { event: string; direction: 'in' | 'out'; permission: Permission }[];

export type LiveEventName = (typeof liveEvents)[number]['event'];
export type LiveOutEvent = Extract<(typeof liveEvents)[number], { direction: 'out' }>['event'];

/** Tags and assets one client may follow at the same time. */
export const tagsPerClientMax = 5_000;
export const assetsPerClientMax = 2_000;
export const pagesPerClientMax = 20;
/** Tags of which one client may hear every sample. */
export const everyPerClientMax = 200;
/** Requests of one client that may be worked on, or whose answers may wait unread in its connection, at once. */
export const requestsOpenMax = 8;

const position = z
  .string()
  .max(4_000)
  .transform((text, context) => {
    const heard = parseHeard(text);
    if (heard !== undefined) return heard;
    context.addIssue({ code: 'custom', message: 'must be a position this service has given' });
    return z.NEVER;
  });

export const liveRequestSchema = z.strictObject({
  tags: z
    .array(z.string().regex(/^(0|[1-9]\d{0,9})$/, 'must be the decimal id of a tag'))
    .max(tagsPerClientMax)
    .optional(),
  assets: z.array(z.string().min(1).max(300)).max(assetsPerClientMax).optional(),
  pages: z.array(z.string().min(1).max(400)).max(pagesPerClientMax).optional(),
  every: z.literal(true).optional(),
  since: z
    .record(z.string().max(100), position)
    .refine((positions) => Object.keys(positions).length <= everyPerClientMax, 'names too many gateways')
    .optional(),
});

const permissionByEvent = new Map<LiveEventName, Permission>(
  liveEvents.map((entry) => [entry.event, entry.permission]),
);

export function permissionOf(event: LiveEventName): Permission {
  return permissionByEvent.get(event)!;
}
