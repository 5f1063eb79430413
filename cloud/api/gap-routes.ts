import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { Sight } from '../assets/sight.ts';
import { cursorLengthMax, type HistoryStore } from '../history/history-store.ts';
import { missingOnly } from '../ingest/gap-remainder.ts';
import type { Records } from '../records/records.ts';
import { limitParameter, ranged, timeField, timeParameter, timeText } from './fields.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';

const gapField = z.object({
  gatewayId: z.string(),
  epoch: z.number().int(),
  fromSequence: z.number().int().describe('-1: lost before a sequence was given'),
  toSequence: z.number().int(),
  from: timeField,
  to: timeField,
  samples: z.number().int().describe('-1: unknown'),
  reason: z.string(),
  source: z.string().describe("'': all sources"),
  ingestTime: timeField,
});

export function gapRoutes(options: {
  records: Records;
  history: HistoryStore;
  /** Sequence ranges the cloud has of one life of a gateway's buffer, inclusive, ascending. */
  stored: (gatewayId: string, epoch: number) => readonly (readonly [number, number])[];
  sight: (principal: Principal) => Sight;
}): Route[] {
  const { records, history, stored, sight } = options;
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/gaps',
      permission: 'samples:read',
      summary: 'Named losses that touch [from, to); without times all there ever were',
      query: ranged(
        z.strictObject({
          from: timeParameter.optional(),
          to: timeParameter.optional(),
          gateway: z.string().min(1).max(100).optional(),
          limit: limitParameter(1000, 10_000),
          order: z.enum(['oldest', 'newest']).default('oldest').describe('oldest: by begin, newest: by end'),
          cursor: z.string().max(cursorLengthMax).optional(),
        }),
      ),
      status: 200,
      reply: z.object({ items: z.array(gapField), cursor: z.string().optional() }),
      handle: async ({ query }, principal) => {
        const { gateway, limit, order, cursor } = query;
        const seen = sight(principal);
        const ofTenant = await records.gateways
          .find({
            tenantId: principal.tenantId,
            ...(gateway === undefined ? {} : { _id: gateway }),
          })
          .select({ _id: 1 })
          .lean<{ _id: string }[]>();
        const own = ofTenant.filter(({ _id }) => seen.gateway(_id));
        if (gateway !== undefined && own.length === 0) throw notFound(`gateway ${gateway}`);
        const page = await history.gaps({
          gatewayIds: own.map((one) => one._id),
          from: query.from ?? 0,
          to: query.to ?? Number.MAX_SAFE_INTEGER,
          limit,
          order,
          ...(cursor === undefined ? {} : { cursor }),
        });
        const gaps = missingOnly(page.gaps, stored).filter((gap) => seen.source(gap.gatewayId, gap.source));
        return {
          items: gaps.map(({ fromTime, toTime, ingestTime, ...gap }) => ({
            ...gap,
            from: timeText(fromTime),
            to: timeText(toTime),
            ingestTime: timeText(ingestTime),
          })),
          ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
        };
      },
    }),
  ];
}
