import { routeId } from '@gongfu/shared/sdk/plugin';
import type { PluginDeclaration } from '@gongfu/shared/sdk/plugin-declaration';
import { z } from 'zod';
import type { Permission, Principal } from '../access/principal.ts';
import type { InstalledPlugin, PluginDirectory } from '../plugins/host/plugin-directory.ts';
import { type PortalBoard, type PortalItem, serviceCategories } from '../portal/portal-board.ts';
import { timeField, timeParameter, timeText } from './fields.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';

const localText = z.strictObject({ zh: z.string().trim().min(1).max(4000), en: z.string().trim().min(1).max(4000) });
const jsonObject = z.record(z.string(), z.unknown());

const itemField = z.object({
  id: z.string(),
  kind: z.enum(['notice', 'service']),
  title: localText,
  text: localText,
  category: z.string(),
  link: z.string(),
  until: timeField.nullable(),
  createdAt: timeField,
  createdBy: z.string(),
});

const newItem = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('notice'), title: localText, text: localText, until: timeParameter.nullish() }),
  z.strictObject({
    kind: z.literal('service'),
    title: localText,
    text: localText,
    category: z.enum(serviceCategories),
    link: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).default(''),
  }),
]);

const pluginField = z.object({
  id: z.string(),
  state: z.enum(['on', 'off', 'faulty']),
  version: z.string(),
  name: localText.nullable(),
  description: localText.nullable(),
  permissions: z.array(z.string()).describe('what it may ask of the platform'),
  pages: z.array(jsonObject).describe('as the plugin declares them; those the asking person may see'),
  kpis: z.array(jsonObject),
  forms: z.array(z.object({ target: z.string(), schema: jsonObject })).describe('body schemas of what its pages send'),
  faults: z.array(z.string()),
});

const settingsField = z.object({ schema: jsonObject, value: z.unknown(), faults: z.array(z.string()) });
const pluginId = z.object({ id: z.string().min(1).max(100) });

export function portalRoutes(options: {
  plugins: PluginDirectory;
  board: Pick<PortalBoard, 'items' | 'add' | 'remove'>;
}): Route[] {
  return [...itemRoutes(options.board), ...pluginRoutes(options.plugins)];
}

function itemRoutes(board: Pick<PortalBoard, 'items' | 'add' | 'remove'>): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/portal/items',
      permission: 'portal:read',
      summary: 'Notices and services of the portal, newest first',
      status: 200,
      reply: z.object({ items: z.array(itemField) }),
      handle: async (_request, { tenantId }) => ({ items: (await board.items(tenantId)).map(itemJson) }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/portal/items',
      permission: 'portal:configure',
      action: 'portal-item-create',
      summary: 'Put up a notice or a service',
      body: newItem,
      status: 201,
      reply: itemField,
      handle: async ({ body }, { tenantId, userName }) => {
        const { kind, title, text } = body;
        const category = body.kind === 'service' ? body.category : '';
        const link = body.kind === 'service' ? body.link : '';
        const until = body.kind === 'notice' ? (body.until ?? null) : null;
        return itemJson(await board.add(tenantId, userName, { kind, title, text, category, link, until }));
      },
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/portal/items/{id}',
      permission: 'portal:configure',
      action: 'portal-item-delete',
      summary: 'Take a notice or a service down',
      params: pluginId,
      status: 204,
      reply: null,
      handle: async ({ params }, { tenantId }) => {
        if (!(await board.remove(tenantId, params.id))) throw notFound(`portal item ${params.id}`);
        return null;
      },
    }),
  ];
}

function pluginRoutes(plugins: PluginDirectory): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/portal/plugins',
      permission: 'portal:read',
      summary: 'Installed plugins with their state, pages and KPIs',
      status: 200,
      reply: z.object({ items: z.array(pluginField) }),
      handle: async (_request, principal) => {
        const installed = await plugins.installed(principal.tenantId);
        const configures = principal.permissions.has('portal:configure');
        // What cannot be used concerns those who can do something about it.
        return {
          items: installed.filter(({ state }) => state === 'on' || configures).map((one) => pluginJson(one, principal)),
        };
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/portal/plugins/{id}/settings',
      permission: 'portal:configure',
      summary: 'Settings of a plugin for the tenant, with the JSON Schema they follow',
      params: pluginId,
      status: 200,
      reply: settingsField,
      handle: ({ params }, { tenantId }) => plugins.settings(tenantId, params.id),
    }),
    guardedRoute({
      method: 'put',
      path: '/api/v1/portal/plugins/{id}/settings',
      permission: 'portal:configure',
      action: 'plugin-settings',
      summary: 'Set a plugin for the tenant',
      params: pluginId,
      body: z.strictObject({ value: jsonObject }),
      status: 200,
      reply: settingsField,
      handle: ({ params, body }, { tenantId }) => plugins.changeSettings(tenantId, params.id, body.value),
    }),
    guardedRoute({
      method: 'put',
      path: '/api/v1/portal/plugins/{id}/state',
      permission: 'portal:configure',
      action: 'plugin-state',
      summary: 'Switch a plugin on or off for the tenant',
      params: pluginId,
      body: z.strictObject({ on: z.boolean() }),
      status: 204,
      reply: null,
      handle: async ({ params, body }, { tenantId }) => {
        await plugins.turn(tenantId, params.id, body.on);
        return null;
      },
    }),
  ];
}

function itemJson({ until, createdAt, ...item }: PortalItem): z.infer<typeof itemField> {
  return { ...item, until: until === null ? null : timeText(until), createdAt: timeText(createdAt) };
}

function pluginJson(plugin: InstalledPlugin, principal: Principal): z.infer<typeof pluginField> {
  const { id, state, declaration, faults } = plugin;
  const manifest = declaration?.manifest;
  const configures = principal.permissions.has('portal:configure');
  const pages = (declaration && state === 'on' ? declaration.pages : []).filter((page) =>
    page.blocks.every((block) => block.kind === 'text' || mayAsk(principal, declaration!, block)),
  );
  const targets = pages.flatMap((page) =>
    page.blocks.flatMap((block) => (block.kind === 'form' ? [block.target] : [])),
  );
  return {
    id,
    state,
    version: manifest?.version ?? '',
    name: manifest?.name ?? null,
    description: manifest?.description ?? null,
    permissions: [...(manifest?.permissions ?? [])],
    pages: pages.map((page) => ({ ...page })),
    kpis: (declaration?.kpis ?? []).map((kpi) => ({ ...kpi })),
    forms: [...new Set(targets)].map((target) => ({
      target,
      schema: { ...declaration?.routes.find((route) => routeId(route) === `post ${target}`)?.body },
    })),
    faults: configures ? [...faults] : [],
  };
}

/** A form somebody may not send is left to the page: the figures beside it may still be for them. */
function mayAsk(
  principal: Principal,
  { routes }: PluginDeclaration,
  block: { readonly kind: 'figures' | 'table' | 'chart' | 'form'; readonly source?: string },
): boolean {
  if (block.kind === 'form') return true;
  const route = routes.find((one) => routeId(one) === `get ${block.source}`);
  return route !== undefined && principal.permissions.has(route.permission as Permission);
}
