import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { type PluginCall, routeId } from '@gongfu/shared/sdk/plugin';
import { pluginWindows } from '@gongfu/shared/sdk/plugin-context';
import type {
  JsonSchema,
  KpiDeclaration,
  PluginDeclaration,
  RouteDeclaration,
} from '@gongfu/shared/sdk/plugin-declaration';
import { z } from 'zod';
import type { Permission } from '../../access/principal.ts';
import { timeParameter, wholeRange } from '../../api/fields.ts';
import { guardedRoute, type Route } from '../../api/route.ts';
import type { Caller } from './call-context.ts';

/** Enough to see what is wrong. */
const placesMax = 10;

/** What the routes ask of the host. */
export type CallPlugin = (pluginId: string, call: PluginCall, caller: Caller) => Promise<unknown>;

/** Every route of the given plugins, as the platform's own are declared: under `/api/v1/plugins/<id>`. */
export function mountedRoutes(options: {
  declarations: readonly PluginDeclaration[];
  call: CallPlugin;
  clock: Clock;
}): Route[] {
  const { declarations, call, clock } = options;
  return declarations.flatMap(({ manifest, routes, kpis }) => [
    ...routes.map((route) => ownRoute(manifest.id, route, call)),
    ...kpis.map((kpi) => kpiRoute(manifest.id, kpi, call, clock)),
  ]);
}

function ownRoute(pluginId: string, route: RouteDeclaration, call: CallPlugin): Route {
  const { method, path, permission, summary, query, body, reply } = route;
  const answer = schemaOf(reply);
  return guardedRoute({
    method,
    path: `/api/v1/plugins/${pluginId}${path}`,
    // The check of the declaration has let known ones through only.
    permission: permission as Permission,
    summary: `${pluginId}: ${summary}`,
    ...(method === 'get' ? {} : { action: 'plugin-call' }),
    // The plugin itself reads the values; here it is decided what may come in at all.
    ...(query === undefined ? {} : { query: schemaOf(query) }),
    ...(body === undefined ? {} : { body: schemaOf(body) }),
    status: 200,
    reply: answer,
    handle: async (request, principal) => {
      const { query: asked, body: given } = request;
      const id = routeId(route);
      const answered = await call(pluginId, { kind: 'route', id, query: asked, body: given }, principal);
      return fitting(answer, answered, `${pluginId} in ${id}`);
    },
  });
}

const kpiReply = z.object({
  id: z.string(),
  unit: z.string(),
  method: z.string(),
  items: z.array(
    z.object({
      assetId: z.string(),
      label: z.string(),
      from: z.number().describe('UTC epoch ms'),
      to: z.number(),
      open: z.boolean(),
      value: z.number().nullable().describe('null where there is no honest number'),
      coverage: z.number().nullable().describe('share of the window the figure rests on'),
      inputs: z.record(z.string(), z.unknown()).describe('what the figure was made of'),
    }),
  ),
});

function kpiRoute(pluginId: string, kpi: KpiDeclaration, call: CallPlugin, clock: Clock): Route {
  const { id, unit, method, formula } = kpi;
  return guardedRoute({
    method: 'get',
    path: `/api/v1/plugins/${pluginId}/kpis/${id}`,
    permission: 'kpis:read',
    summary: `${pluginId}: ${kpi.name.en} = ${formula}`,
    query: z.strictObject({
      asset: z.string().min(1).max(300),
      window: z.enum(pluginWindows).default('shift'),
      from: timeParameter.optional(),
      to: timeParameter.optional(),
    }),
    status: 200,
    reply: kpiReply,
    handle: async ({ query }, principal) => {
      const { asset: assetId, window } = query;
      const asked = { assetId, window, ...wholeRange(query, clock.now(), 1) };
      const items = await call(pluginId, { kind: 'kpi', id, query: asked }, principal);
      return fitting(kpiReply, { id, unit, method, items }, `${pluginId} in kpi ${id}`);
    },
  });
}

/** An answer that does not fit its schema is a fault of the plugin, not of who asked: its maker is told where. */
function fitting<T>(schema: z.ZodType<T>, answer: unknown, call: string): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  const places = read.error.issues.slice(0, placesMax).map(({ path, message }) => ({
    where: ['answer', ...path.map(String)].join('.'),
    what: message,
  }));
  throw new Problem({
    code: 'plugin-failed',
    detail: `the plugin ${call} answered what it has not declared: ${places.map(({ where, what }) => `${where}: ${what}`).join('; ')}`,
    advice: 'Report it to the maker of the plugin.',
    reaction: 'drop',
    places,
  });
}

function schemaOf(schema: JsonSchema): z.ZodType<unknown> {
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
}
