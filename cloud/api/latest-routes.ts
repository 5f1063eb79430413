import type { Sample } from '@gongfu/shared/model/sample';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { Sight } from '../assets/sight.ts';
import type { Records, TagRecord } from '../records/records.ts';
import { historyNumberParameter, sampleField, sampleFields } from './fields.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';

const latestTagsMax = 5000;

export function latestRoutes(options: {
  records: Records;
  lastValues: { get(number: number): Sample | undefined };
  sight: (principal: Principal) => Sight;
}): Route[] {
  const { records, lastValues, sight } = options;
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/latest',
      permission: 'samples:read',
      summary: `The newest sample of each tag (at most ${latestTagsMax}); a tag never sampled is left out`,
      query: z.strictObject({
        tags: z
          .string()
          .transform((list) => list.split(','))
          .pipe(z.array(historyNumberParameter).min(1).max(latestTagsMax)),
      }),
      status: 200,
      reply: z.object({
        items: z.array(sampleField.extend({ tag: z.string() })),
      }),
      handle: async ({ query }, principal) => {
        const seen = sight(principal);
        const own = await records.tags
          .find({ tenantId: principal.tenantId, _id: { $in: query.tags } })
          .select({ gatewayId: 1, source: 1, name: 1 })
          .lean<TagRecord[]>();
        const known = new Set(own.filter((tag) => seen.tag(tag)).map((tag) => tag._id));
        const unknown = query.tags.find((id) => !known.has(id));
        if (unknown !== undefined) throw notFound(`tag ${unknown}`);
        return {
          items: query.tags.flatMap((id) => {
            const sample = lastValues.get(Number(id));
            return sample === undefined ? [] : [{ tag: id, ...sampleFields(sample) }];
          }),
        };
      },
    }),
  ];
}
