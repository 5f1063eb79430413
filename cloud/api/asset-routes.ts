import type { Clock } from '@gongfu/shared/base/clock';
import { assetLevels, tagRoles } from '@gongfu/shared/model/asset';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { sees } from '../access/scope.ts';
import type { AssetCatalogue, AssetView } from '../assets/asset-catalogue.ts';
import { timeField, timeText } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';

const localTextField = z.object({ zh: z.string(), en: z.string() });

const assetField = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  level: z.enum(assetLevels),
  name: localTextField,
  order: z.number().int(),
  plannedCycleMs: z.number().nullable().describe('planned run time of one item that is in force'),
  targetOee: z.number().nullable(),
  targetChanges: z
    .array(z.object({ from: timeField, plannedCycleMs: z.number().nullable(), targetOee: z.number().nullable() }))
    .describe('targets made later than the first, also those to come; each for windows that start then or later'),
  retiredAt: timeField.nullable().describe('null while it is part of the plant'),
  stateMapping: z.string().nullable(),
  kpiFrom: z.array(z.string()).describe('ids of the children the KPIs of a group are made of; empty: all'),
  calendar: z
    .object({
      id: z.string(),
      timeZone: z.string(),
      shifts: z.array(z.object({ id: z.string(), name: localTextField })),
    })
    .nullable(),
  signals: z.array(
    z.object({
      role: z.enum(tagRoles),
      gateway: z.string().describe('name of the gateway that reads it'),
      source: z.string(),
      name: z.string().describe('of the tag, within its source'),
      tag: z.string().nullable(),
      unit: z.string(),
      rolloverAt: z.number().nullable().describe('value at which a counter starts at 0 again'),
    }),
  ),
});

export function assetRoutes(options: { assets: Pick<AssetCatalogue, 'views'>; clock: Clock }): Route[] {
  const { assets, clock } = options;
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/assets',
      permission: 'assets:read',
      summary: 'The equipment hierarchy (IEC 62264-1) with the signals of each work unit',
      query: z.object({ retired: z.literal('true').optional().describe('also those that are retired') }),
      status: 200,
      reply: z.object({ items: z.array(assetField) }),
      handle: async ({ query }, principal) => ({
        items: assets
          .views(principal.tenantId, { retired: query.retired === 'true' })
          .filter(({ assetId }) => sees(principal, assetId))
          .map((view) => assetJson(view, principal, clock.now())),
      }),
    }),
  ];
}

/** What lies above a scope is not seen, not even by its id: the scope's assets are roots. */
function assetJson(view: AssetView, principal: Pick<Principal, 'scope'>, now: number): z.infer<typeof assetField> {
  const { assetId, parentId, stateMappingId, targetChanges, retiredAt, calendar, kpiFrom, signals, ...rest } = view;
  const { plannedCycleMs, targetOee } = targetChanges.findLast(({ from }) => from <= now) ?? view;
  return {
    ...rest,
    id: assetId,
    parentId: parentId !== null && sees(principal, parentId) ? parentId : null,
    ...{ stateMapping: stateMappingId, plannedCycleMs, targetOee, kpiFrom: [...kpiFrom] },
    targetChanges: targetChanges.map((change) => ({ ...change, from: timeText(change.from) })),
    retiredAt: retiredAt === null ? null : timeText(retiredAt),
    calendar: calendar && { ...calendar, shifts: [...calendar.shifts] },
    signals: signals.map(({ tagId, ...signal }) => ({ ...signal, tag: tagId })),
  };
}
