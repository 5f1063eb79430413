import type { Clock } from '@gongfu/shared/base/clock';
import { holdMsOf } from '@gongfu/shared/kpi/time-model';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { HistoryStore, TagStatistics, TrendColumns, TrendFigure } from '../history/history-store.ts';
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
  time: z.array(z.number()).describe('begin of each bucket that holds samples, epoch ms'),
  before: z
    .object({ time: z.number(), status: z.number().int(), value: z.number().nullable() })
    .nullable()
    .describe('newest sample before the first bucket, when it still holds'),
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

type ChosenField = z.infer<typeof chosenField>;
const chosenField = trendField.partial().required({ id: true, holdMs: true, time: true });

/** What they are called here. */
const figureOf = {
  before: 'before',
  count: 'counts',
  badCount: 'badCounts',
  worst: 'worsts',
  min: 'mins',
  minTime: 'minTimes',
  max: 'maxs',
  maxTime: 'maxTimes',
  mean: 'means',
  first: 'firsts',
  firstTime: 'firstTimes',
  last: 'lasts',
  lastTime: 'lastTimes',
} as const satisfies Readonly<Record<Exclude<keyof typeof trendField.shape, 'id' | 'holdMs' | 'time'>, TrendFigure>>;
type FigureName = keyof typeof figureOf;
const figureNames = Object.keys(figureOf) as FigureName[];

/** `min,max,mean` */
const figuresParameter = z
  .string()
  .transform((text) => text.split(',', figureNames.length + 1))
  .pipe(z.array(z.enum(figureNames)).refine((names) => new Set(names).size === names.length, 'names a figure twice'))
  .optional();

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
      summary:
        'Down-sampled series of up to 50 tags: min and max of every bucket, so that no spike is lost; of `figures` only those',
      query: ranged(
        z.strictObject({
          tags: tagListParameter,
          ...range,
          points: limitParameter(1000, 5000),
          figures: figuresParameter,
        }),
      ),
      status: 200,
      reply: z.object({
        from: timeField,
        to: timeField,
        bucketMs: z.number().int(),
        items: z.array(z.union([trendField, chosenField])),
      }),
      handle: async ({ query }, principal) => {
        const tags = await heldTags(principal, query.tags);
        const names = query.figures ?? figureNames;
        const figures = names.map((name) => figureOf[name]);
        const asked = { tags, points: query.points, figures, ...wholeRange(query, clock.now(), hourMs) };
        const trend = await queue.run(principal.tenantId, () => history.trend(asked));
        return {
          from: timeText(trend.from),
          to: timeText(trend.to),
          bucketMs: trend.bucketMs,
          items: trend.columns.map((columns, i) => trendJson(columns, tags[i]!.holdMs, names)),
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
function trendJson(columns: TrendColumns, holdMs: number, names: readonly FigureName[]): ChosenField {
  const figures = names.map((name) => {
    const figure = columns[figureOf[name]];
    return [name, ArrayBuffer.isView(figure) ? Array.from(figure) : figure];
  });
  return { id: String(columns.tag.number), holdMs, time: Array.from(columns.times), ...Object.fromEntries(figures) };
}

function statisticsJson({ tag, heldMs, ...figures }: TagStatistics, passedMs: number): z.infer<typeof statisticsField> {
  const coverage = heldMs === null || passedMs <= 0 ? null : Math.min(1, heldMs / passedMs);
  return { id: String(tag.number), ...figures, coverage };
}
