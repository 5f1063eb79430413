import { assetLevels, tagRoles } from '@gongfu/shared/model/asset';
import { z } from 'zod';
import type { AssetView } from '../assets/asset-catalogue.ts';
import { guardedRoute, type Route } from './route.ts';

const assetField = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  level: z.enum(assetLevels),
  name: z.object({ zh: z.string(), en: z.string() }),
  order: z.number().int(),
  plannedCycleMs: z.number().nullable(),
  targetOee: z.number().nullable(),
  timeZone: z.string().nullable(),
  signals: z.array(
    z.object({
      role: z.enum(tagRoles),
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
      handle: async (_request, { tenantId }) => ({
        items: assets.views(tenantId).map(({ assetId, signals, ...view }) => ({
          id: assetId,
          ...view,
          signals: signals.map(({ role, tagId, unit }) => ({
            role,
            tag: tagId,
            unit,
          })),
        })),
      }),
    }),
  ];
}
