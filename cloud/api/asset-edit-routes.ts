import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { sees } from '../access/scope.ts';
import type { AssetEditor } from '../assets/asset-editor.ts';
import { assetChangeSchema, assetCreateSchema } from '../assets/asset-schema.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';

const params = z.object({ id: z.string().min(1).max(400) });

/** Changes of the asset tree; it is read by `asset-routes.ts`. */
export function assetEditRoutes(editor: Pick<AssetEditor, 'create' | 'change' | 'retire' | 'restore'>): Route[] {
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
