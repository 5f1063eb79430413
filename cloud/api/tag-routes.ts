import type { Clock } from '@gongfu/shared/base/clock';
import { valueTypes } from '@gongfu/shared/model/value-type';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { Sight } from '../assets/sight.ts';
import { cursorLengthMax, type HistoryStore } from '../history/history-store.ts';
import type { QueryQueue } from '../history/query-queue.ts';
import type { Records, TagRecord } from '../records/records.ts';
import {
  columnsOf,
  formParameter,
  historyNumberParameter,
  limitParameter,
  ranged,
  sampleColumns,
  sampleField,
  sampleFields,
  timeField,
  timeParameter,
  timeText,
  wholeRange,
} from './fields.ts';
import { guardedRoute, type Route } from './route.ts';
import type { FindTags } from './tag-choice.ts';

const tagField = z.object({
  id: z.string(),
  gatewayId: z.string(),
  source: z.string(),
  name: z.string(),
  type: z.enum(valueTypes),
  scaled: z.boolean().describe('the value is a number, whatever integer the source holds'),
  unit: z.string(),
  description: z.string(),
  maxSilentMs: z.number(),
  writable: z
    .object({ minimum: z.number().nullable(), maximum: z.number().nullable() })
    .nullable()
    .describe('the gateway offers to write it, within these bounds; null: it does not'),
});

const bucketField = z.object({
  from: timeField,
  to: timeField,
  count: z.number().int(),
  badCount: z.number().int(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  first: z.number().nullable(),
  last: z.number().nullable(),
});

const cursorField = z.string().optional();

const idParameters = z.object({ id: historyNumberParameter });

const hourMs = 3_600_000;

export function tagRoutes(options: {
  records: Records;
  history: HistoryStore;
  queue: QueryQueue;
  clock: Clock;
  sight: (principal: Principal) => Sight;
  findTags: FindTags;
}): Route[] {
  const { records, history, queue, clock, sight, findTags } = options;
  const find = async (principal: Principal, id: string): Promise<TagRecord> => (await findTags(principal, [id]))[0]!;
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/tags',
      permission: 'tags:read',
      summary: 'Tags the gateways have declared, by ascending id',
      query: z.strictObject({
        gateway: z.string().min(1).max(100).optional(),
        writable: z.literal('true').optional(),
        limit: limitParameter(1000, 10_000),
        cursor: historyNumberParameter.optional(),
      }),
      status: 200,
      reply: z.object({
        items: z.array(tagField),
        cursor: z.string().optional(),
      }),
      handle: async ({ query }, principal) => {
        const seen = sight(principal);
        const found = await records.tags
          .find({
            tenantId: principal.tenantId,
            ...seen.tagQuery,
            ...(query.gateway === undefined ? {} : { gatewayId: query.gateway }),
            ...(query.writable === undefined ? {} : { writable: { $ne: null } }),
            ...(query.cursor === undefined ? {} : { number: { $gt: Number(query.cursor) } }),
          })
          .sort({ number: 1 })
          .limit(query.limit)
          .lean<TagRecord[]>();
        const last = found.length === query.limit ? found.at(-1) : undefined;
        return {
          items: found.filter((tag) => seen.tag(tag)).map(tagJson),
          ...(last === undefined ? {} : { cursor: last._id }),
        };
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/tags/{id}/samples',
      permission: 'samples:read',
      summary: 'Raw samples, from ≤ sourceTime < to, oldest first; without times the last hour',
      params: idParameters,
      query: ranged(
        z.strictObject({
          from: timeParameter.optional(),
          to: timeParameter.optional(),
          limit: limitParameter(1000, 50_000),
          cursor: z.string().max(cursorLengthMax).optional(),
          form: formParameter,
        }),
      ),
      status: 200,
      reply: z.union([
        z.object({
          items: z.array(
            sampleField.extend({
              epoch: z.number().int(),
              sequence: z.number().int(),
            }),
          ),
          cursor: cursorField,
        }),
        sampleColumns.extend({ cursor: cursorField }),
      ]),
      handle: async ({ params, query }, principal) => {
        const tag = await find(principal, params.id);
        const { cursor, limit, form } = query;
        const asked = { tag, limit, ...wholeRange(query, clock.now(), hourMs) };
        const page = await queue.run(principal.tenantId, () =>
          history.samples({ ...asked, ...(cursor === undefined ? {} : { cursor }) }),
        );
        const next = page.cursor === undefined ? {} : { cursor: page.cursor };
        if (form === 'columns') return { ...columnsOf(page.samples), ...next };
        return {
          items: page.samples.map((sample) => ({
            ...sampleFields(sample),
            epoch: sample.epoch,
            sequence: sample.sequence,
          })),
          ...next,
        };
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/tags/{id}/series',
      permission: 'samples:read',
      summary: '`points` buckets of equal length with min, max and mean: no spike is lost; count 0 where nothing lies',
      params: idParameters,
      query: ranged(
        z.strictObject({
          from: timeParameter.optional(),
          to: timeParameter.optional(),
          points: limitParameter(500, 5000),
        }),
      ),
      status: 200,
      reply: z.object({
        items: z.array(bucketField),
      }),
      handle: async ({ params, query }, principal) => {
        const tag = await find(principal, params.id);
        const asked = { tag, points: query.points, ...wholeRange(query, clock.now(), hourMs) };
        const series = await queue.run(principal.tenantId, () => history.series(asked));
        return {
          items: series.map((bucket) => ({
            ...bucket,
            from: timeText(bucket.from),
            to: timeText(bucket.to),
          })),
        };
      },
    }),
  ];
}

function tagJson(tag: TagRecord): z.infer<typeof tagField> {
  const { _id, gatewayId, source, name, type, scaled, unit, description, maxSilentMs, writable = null } = tag;
  return {
    id: _id,
    gatewayId,
    source,
    name,
    type,
    scaled,
    unit,
    description,
    maxSilentMs,
    writable,
  };
}
