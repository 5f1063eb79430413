import { Problem } from '@gongfu/shared/base/problem';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { sees } from '../access/scope.ts';
import type { AssetCatalogue } from '../assets/asset-catalogue.ts';
import type { AssetEditor } from '../assets/asset-editor.ts';
import { type AssetChangeRequest, assetChangeSchema, assetCreateSchema } from '../assets/asset-schema.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';

const params = z.object({ id: z.string().min(1).max(400) });

/** Changes of the asset tree; it is read by `asset-routes.ts`. */
export function assetEditRoutes(options: {
  editor: Pick<AssetEditor, 'create' | 'change' | 'retire' | 'restore'>;
  assets: Pick<AssetCatalogue, 'views'>;
}): Route[] {
  const { editor, assets } = options;
  return [
    guardedRoute({
      method: 'post',
      path: '/api/v1/assets',
      permission: 'assets:write',
      action: 'asset-create',
      summary: 'Add an asset under another one',
      body: assetCreateSchema,
      status: 201,
      reply: z.object({ id: z.string().describe('the whole id: the path') }),
      handle: async ({ body }, principal) => {
        // A root is seen by those who see the whole tenant.
        requireSeen(principal, body.parent ?? body.id);
        requireSeenSignals(principal, body.signals, assets);
        return { id: await editor.create(principal.tenantId, body) };
      },
    }),
    guardedRoute({
      method: 'patch',
      path: '/api/v1/assets/{id}',
      permission: 'assets:write',
      action: 'asset-change',
      told: ({ body: { changesPast } }) => (changesPast ? 'also the past' : ''),
      summary: 'Rename an asset, move it among its siblings, give it targets, another calendar or signals',
      params,
      body: assetChangeSchema,
      status: 204,
      reply: null,
      handle: async ({ params, body }, principal) => {
        requireSeen(principal, params.id);
        requireSeenSignals(principal, body.signals, assets);
        await editor.change(principal.tenantId, params.id, body);
        return null;
      },
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/assets/{id}/retirement',
      permission: 'assets:write',
      action: 'asset-retire',
      summary: 'Take an asset and everything under it out of the plant from now on; its history and figures stay',
      params,
      status: 204,
      reply: null,
      handle: async ({ params }, principal) => {
        requireSeen(principal, params.id);
        await editor.retire(principal.tenantId, params.id);
        return null;
      },
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/assets/{id}/retirement',
      permission: 'assets:write',
      action: 'asset-restore',
      summary: 'Take the retirement of an asset and of everything under it back',
      params,
      status: 204,
      reply: null,
      handle: async ({ params }, principal) => {
        requireSeen(principal, params.id);
        await editor.restore(principal.tenantId, params.id);
        return null;
      },
    }),
  ];
}

/** Out of scope is as if it did not exist. */
function requireSeen(principal: Principal, assetId: string): void {
  if (!sees(principal, assetId)) throw notFound(`the asset ${assetId}`);
}

/** Whoever names a tag for an asset sees it from then on: within a scope only those that feed it already may be named. */
function requireSeenSignals(
  principal: Principal,
  signals: AssetChangeRequest['signals'] = [],
  assets: Pick<AssetCatalogue, 'views'>,
): void {
  if (principal.scope === null) return;
  const seen = new Set(
    assets
      .views(principal.tenantId, { retired: true })
      .filter(({ assetId }) => sees(principal, assetId))
      .flatMap((asset) => asset.signals.map(({ gateway, source, name }) => JSON.stringify([gateway, source, name]))),
  );
  const places = signals.flatMap(({ gateway, source, tag }, at) =>
    seen.has(JSON.stringify([gateway, source, tag]))
      ? []
      : [{ where: `body.signals.${at}`, what: `no tag ${tag} of ${source} at ${gateway}` }],
  );
  if (places.length === 0) return;
  throw new Problem({
    code: 'asset-invalid',
    detail: places.map(({ where, what }) => `${where}: ${what}`).join('; '),
    advice: 'Ask somebody who sees the whole plant to connect the tag first; nothing was changed.',
    reaction: 'drop',
    status: 422,
    places,
  });
}
