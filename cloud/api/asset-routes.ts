import { assetLevels, tagRoles } from '@gongfu/shared/model/asset';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { sees } from '../access/scope.ts';
import type { AssetView } from '../assets/asset-catalogue.ts';
import { guardedRoute, type Route } from './route.ts';

const localTextField = z.object({ zh: z.string(), en: z.string() });

const assetField = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  level: z.enum(assetLevels),
  name: localTextField,
  order: z.number().int(),
  plannedCycleMs: z.number().nullable(),
  targetOee: z.number().nullable(),
  calendar: z
    .object({
      timeZone: z.string(),
      shifts: z.array(z.object({ id: z.string(), name: localTextField })),
    })
    .nullable(),
  signals: z.array(
    z.object({
      role: z.enum(tagRoles),
      gateway: z.string().describe('name of the gateway that reads it'),
      tag: z.string().nullable(),
      unit: z.string(),
    }),
  ),
});

export function assetRoutes(assets: { views(tenantId: string): AssetView[] }): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/assets',
      permission: 'assets:read',
      summary: 'The equipment hierarchy (IEC 62264-1) with the signals of each work unit',
      status: 200,
      reply: z.object({ items: z.array(assetField) }),
      handle: async (_request, principal) => ({
        items: assets
          .views(principal.tenantId)
          .filter(({ assetId }) => sees(principal, assetId))
          .map((view) => assetJson(view, principal)),
      }),
    }),
  ];
}

/** What lies above a scope is not seen, not even by its id: the scope's assets are roots. */
function assetJson(
  { assetId, parentId, calendar, signals, ...view }: AssetView,
  principal: Pick<Principal, 'scope'>,
): z.infer<typeof assetField> {
  return {
    id: assetId,
    parentId: parentId !== null && sees(principal, parentId) ? parentId : null,
    ...view,
    calendar: calendar && { timeZone: calendar.timeZone, shifts: [...calendar.shifts] },
    signals: signals.map(({ tagId, ...signal }) => ({ ...signal, tag: tagId })),
  };
}
