import type { Clock } from '@gongfu/shared/base/clock';
import { machineStates } from '@gongfu/shared/model/machine-state';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { sees } from '../access/scope.ts';
import { type AssetKpi, assetUnknown, type KpiEngine, kpiWindows } from '../kpi/kpi-engine.ts';
import { ranged, timeField, timeParameter, timeText, wholeRange } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';

const ms = z.number().describe('ms');
const ratio = z.number().nullable().describe('1 = 100 %; null where the denominator is 0');

const kpiField = z.object({
  assetId: z.string(),
  window: z.enum([...kpiWindows, 'custom']),
  label: z.string(),
  shiftId: z.string().nullable().describe('id in the calendar of the asset; null where the window is no shift of it'),
  open: z.boolean().describe('true while the window is not over: the figure covers what has passed'),
  method: z.enum(['iso22400-2', 'iso22400-2/sum']),
  mappingVersion: z.string(),
  from: timeField,
  to: timeField,
  elements: z.object({
    pbt: ms,
    apt: ms,
    aust: ms,
    adet: ms,
    adot: ms,
    unknown: ms,
    notPlanned: ms,
  }),
  counts: z.object({
    produced: z.number(),
    good: z.number(),
    scrap: z.number(),
    unobserved: z.number().describe('of `produced`: made while nobody observed the state'),
    unplanned: z.number().describe('of `produced`: made outside planned busy time'),
    resets: z.number(),
  }),
  plannedRunTime: ms,
  coverage: ratio,
  observedFrom: timeField.nullable(),
  availability: ratio,
  effectiveness: ratio,
  qualityRatio: ratio,
  oee: ratio,
});

const stateField = z.object({
  from: timeField,
  to: timeField,
  state: z.enum(machineStates).describe('`unknown` where nobody observed it'),
  cause: z.object({ zh: z.string(), en: z.string() }).describe('what the state mapping says beside the state'),
  planned: z.boolean().describe('inside a shift and outside its breaks'),
  element: z.enum(['apt', 'aust', 'adet', 'adot', 'unknown', 'notPlanned']).describe('time element it counts in'),
  gathered: z.number().int().describe('how many states it stands for; 1: it is exact'),
});

/** For pictures: shorter states are gathered into one that stands for them. */
const resolutionParameter = z
  .string()
  .regex(/^\d{1,9}$/, 'expected whole milliseconds')
  .transform(Number);

export function kpiRoutes(options: { kpis: Pick<KpiEngine, 'evaluate' | 'states'>; clock: Clock }): Route[] {
  const { kpis, clock } = options;
  const requireSeen = (principal: Principal, assetId: string): void => {
    if (!sees(principal, assetId)) throw assetUnknown(assetId);
  };
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/kpis',
      permission: 'kpis:read',
      summary:
        'KPIs of an asset by ISO 22400-2, one item per hour, shift or day that touches [from, to), or exactly that range; without times the one of now',
      query: z.strictObject({
        asset: z.string().min(1).max(300),
        window: z.enum([...kpiWindows, 'custom']).default('shift'),
        from: timeParameter.optional(),
        to: timeParameter.optional(),
      }),
      status: 200,
      reply: z.object({ items: z.array(kpiField) }),
      handle: async ({ query }, principal) => {
        const { tenantId } = principal;
        const { asset, window } = query;
        requireSeen(principal, asset);
        const range = wholeRange(query, clock.now(), 1);
        return {
          items: (await kpis.evaluate({ tenantId, assetId: asset, window, ...range })).map(kpiJson),
        };
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/assets/{id}/states',
      permission: 'kpis:read',
      summary:
        'States of a work unit over [from, to) without hole or overlap, 31 days at most; without times the current shift up to now',
      params: z.object({ id: z.string().min(1).max(300) }),
      query: ranged(
        z.strictObject({
          from: timeParameter.optional(),
          to: timeParameter.optional(),
          resolution: resolutionParameter.optional(),
        }),
      ),
      status: 200,
      reply: z.object({ from: timeField, to: timeField, items: z.array(stateField) }),
      handle: async ({ params, query }, principal) => {
        const { tenantId } = principal;
        requireSeen(principal, params.id);
        const { resolution: resolutionMs, ...range } = query;
        const { from, to, items } = await kpis.states({ tenantId, assetId: params.id, ...range, resolutionMs });
        const states = items.map((item) => ({ ...item, from: timeText(item.from), to: timeText(item.to) }));
        return { from: timeText(from), to: timeText(to), items: states };
      },
    }),
  ];
}

function kpiJson(kpi: AssetKpi): z.infer<typeof kpiField> {
  const { tenantId: _, from, to, observedFrom, ...rest } = kpi;
  const times = { from: timeText(from), to: timeText(to) };
  return { ...rest, ...times, observedFrom: observedFrom === null ? null : timeText(observedFrom) };
}
