import type { Clock } from '@gongfu/shared/base/clock';
import { machineStates } from '@gongfu/shared/model/machine-state';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { sees } from '../access/scope.ts';
import { assetUnknown, type KpiEngine } from '../kpi/kpi-engine.ts';
import { limitParameter, ranged, timeField, timeParameter, timeText, wholeRange } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';

const ms = z.number().describe('ms');
const pieces = z.number().nullable().describe('null where a machine has no planned cycle');
const text = z.object({ zh: z.string(), en: z.string() });
const elements = z.enum(['adet', 'adot', 'aust', 'unknown', 'speed', 'quality']);
const spanField = z.object({ from: timeField, to: timeField });

const lossesField = z.object({
  from: timeField,
  to: timeField,
  plannedMs: ms,
  goodMs: ms.describe('planned run time of the good pieces'),
  lostMs: ms,
  plannedPieces: pieces,
  goodPieces: z.number(),
  lostPieces: pieces,
  losses: z.array(
    z.object({
      assetId: z.string().describe('where the reason lies'),
      element: elements.describe('time element it counts in; speed and quality are parts of the running time'),
      state: z.enum(machineStates).nullable(),
      cause: text,
      ms: ms.describe('planned time of the machines that count; below 0 where they were faster than planned'),
      waitingMs: ms.describe('of ms: others had to wait for it'),
      pieces,
      times: z.number().int(),
      longest: spanField.nullable(),
    }),
  ),
  stops: z.array(
    spanField.extend({
      assetId: z.string(),
      state: z.enum(machineStates),
      cause: text,
      element: elements,
      ms,
      waitsFor: z.string().nullable().describe('the machine that stood meanwhile, when this one only had to wait'),
    }),
  ),
});

const windowField = spanField.extend({
  label: z.string(),
  shiftId: z.string().nullable(),
  open: z.boolean().describe('its end lies ahead'),
});

const assetParameter = z.object({ id: z.string().min(1).max(300) });
const fourDaysMs = 345_600_000;

export function lossRoutes(options: { kpis: Pick<KpiEngine, 'losses' | 'windows'>; clock: Clock }): Route[] {
  const { kpis, clock } = options;
  const requireSeen = (principal: Principal, assetId: string): void => {
    if (!sees(principal, assetId)) throw assetUnknown(assetId);
  };
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/assets/{id}/losses',
      permission: 'kpis:read',
      summary:
        'Where the planned time of an asset went over [from, to), 31 days at most, and its longest stops; without times the current shift up to now',
      params: assetParameter,
      query: ranged(
        z.strictObject({
          from: timeParameter.optional(),
          to: timeParameter.optional(),
          stops: limitParameter(20, 500),
        }),
      ),
      status: 200,
      reply: lossesField,
      handle: async ({ params, query }, principal) => {
        requireSeen(principal, params.id);
        const { stops: most, ...range } = query;
        const { from, to, losses, stops, ...totals } = await kpis.losses({
          tenantId: principal.tenantId,
          assetId: params.id,
          ...range,
          sees: (assetId) => sees(principal, assetId),
        });
        return {
          ...totals,
          ...spanJson({ from, to }),
          losses: losses.map((loss) => ({ ...loss, longest: loss.longest && spanJson(loss.longest) })),
          stops: stops.slice(0, most).map((stop) => ({ ...stop, ...spanJson(stop) })),
        };
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/assets/{id}/windows',
      permission: 'kpis:read',
      summary:
        'Hours, shifts or days of the calendar of an asset that have begun and touch [from, to); without times the last four days',
      params: assetParameter,
      query: ranged(
        z.strictObject({
          window: z.enum(['hour', 'shift', 'day']).default('shift'),
          from: timeParameter.optional(),
          to: timeParameter.optional(),
        }),
      ),
      status: 200,
      reply: z.object({ items: z.array(windowField) }),
      handle: async ({ params, query }, principal) => {
        requireSeen(principal, params.id);
        const range = wholeRange(query, clock.now(), fourDaysMs);
        const { tenantId } = principal;
        const items = kpis.windows({ tenantId, assetId: params.id, window: query.window, ...range });
        return { items: items.map((window) => ({ ...window, ...spanJson(window) })) };
      },
    }),
  ];
}

function spanJson({ from, to }: { readonly from: number; readonly to: number }): z.infer<typeof spanField> {
  return { from: timeText(from), to: timeText(to) };
}
