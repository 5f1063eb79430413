import type { Clock } from '@gongfu/shared/base/clock';
import { holdMsOf } from '@gongfu/shared/kpi/time-model';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { HistoryStore, TagStatistics, TrendColumns } from '../history/history-store.ts';
import type { QueryQueue } from '../history/query-queue.ts';
import { limitParameter, ranged, timeField, timeParameter, timeText, wholeRange } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';
import { type FindTags, tagListParameter } from './tag-choice.ts';

const hourMs = 3_600_000;

const figureColumn = z.array(z.number().nullable());
const timeColumn = z.array(z.number().nullable()).describe('epoch ms');

const trendField = z.object({
  id: z.string(),
  holdMs: z.number().describe('a value holds until the next one, at most so long: beyond lies a gap'),
  before: z
    .object({ time: z.number(), status: z.number().int(), value: z.number().nullable() })
    .nullable()
    .describe('newest sample before the first bucket, when it still holds'),
  time: z.array(z.number()).describe('begin of each bucket that holds samples, epoch ms'),
  count: z.array(z.number().int()),
  badCount: z.array(z.number().int()),
  worst: z.array(z.number().int()).describe('the worst status code'),
  min: figureColumn,
  minTime: timeColumn,
  max: figureColumn,
  maxTime: timeColumn,
  mean: figureColumn,
  first: figureColumn,
  firstTime: timeColumn,
  last: figureColumn,
  lastTime: timeColumn,
});

const statisticsField = z.object({
  id: z.string(),
  count: z.number().int(),
  badCount: z.number().int(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  standardDeviation: z.number().nullable(),
  timeWeightedMean: z.number().nullable(),
  coverage: z.number().nullable().describe('share of the range up to now in which a value held'),
});

/** Several tags on one time axis. Everything as numbers in columns: a picture needs thousands of them. */
export function seriesRoutes(options: {
  history: HistoryStore;
  queue: QueryQueue;
  clock: Clock;
  findTags: FindTags;
}): Route[] {
  const { history, queue, clock, findTags } = options;
  const heldTags = async (principal: Principal, ids: readonly string[]) =>
    (await findTags(principal, ids)).map((tag) => ({ ...tag, holdMs: holdMsOf(tag.maxSilentMs) }));
  const range = { from: timeParameter.optional(), to: timeParameter.optional() };
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/series',
      permission: 'samples:read',
      summary: 'Down-sampled series of up to 50 tags: min and max of every bucket, so that no spike is lost',
      query: ranged(z.strictObject({ tags: tagListParameter, ...range, points: limitParameter(1000, 5000) })),
      status: 200,
      reply: z.object({
        from: timeField,
        to: timeField,
        bucketMs: z.number().int(),
        items: z.array(trendField),
      }),
      handle: async ({ query }, principal) => {
        const tags = await heldTags(principal, query.tags);
        const asked = { tags, points: query.points, ...wholeRange(query, clock.now(), hourMs) };
        const trend = await queue.run(principal.tenantId, () => history.trend(asked));
        return {
          from: timeText(trend.from),
          to: timeText(trend.to),
          bucketMs: trend.bucketMs,
          items: trend.columns.map((columns, i) => trendJson(columns, tags[i]!.holdMs)),
        };
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/statistics',
      permission: 'samples:read',
      summary: 'Figures of the samples of up to 50 tags, from ≤ sourceTime < to',
      query: ranged(z.strictObject({ tags: tagListParameter, ...range })),
      status: 200,
      reply: z.object({ from: timeField, to: timeField, items: z.array(statisticsField) }),
      handle: async ({ query }, principal) => {
        const tags = await heldTags(principal, query.tags);
        const asked = wholeRange(query, clock.now(), hourMs);
        const figures = await queue.run(principal.tenantId, () => history.statistics({ tags, ...asked }));
        const passedMs = Math.min(asked.to, clock.now()) - asked.from;
        return {
          from: timeText(asked.from),
          to: timeText(asked.to),
          items: figures.map((one) => statisticsJson(one, passedMs)),
        };
      },
    }),
  ];
}

/** JSON has no NaN: it becomes null by itself. */
const plain = (column: Float64Array | Uint32Array): number[] => Array.from(column);

function trendJson(columns: TrendColumns, holdMs: number): z.infer<typeof trendField> {
  return {
    id: String(columns.tag.number),
    holdMs,
    before: columns.before,
    time: plain(columns.times),
    count: plain(columns.counts),
    badCount: plain(columns.badCounts),
    worst: plain(columns.worsts),
    min: plain(columns.mins),
    minTime: plain(columns.minTimes),
    max: plain(columns.maxs),
    maxTime: plain(columns.maxTimes),
    mean: plain(columns.means),
    first: plain(columns.firsts),
    firstTime: plain(columns.firstTimes),
    last: plain(columns.lasts),
    lastTime: plain(columns.lastTimes),
  };
}

function statisticsJson({ tag, heldMs, ...figures }: TagStatistics, passedMs: number): z.infer<typeof statisticsField> {
  const coverage = heldMs === null || passedMs <= 0 ? null : Math.min(1, heldMs / passedMs);
  return { id: String(tag.number), ...figures, coverage };
}
