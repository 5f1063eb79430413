import { z } from 'zod';
import { Problem } from '../base/problem.ts';
import type { PluginPage } from './page.ts';
import type { Json, PluginContext, WindowQuery } from './plugin-context.ts';
import type {
  JobDeclaration,
  JsonSchema,
  KpiDeclaration,
  PluginDeclaration,
  PluginManifest,
  RouteDeclaration,
} from './plugin-declaration.ts';

/** Version of this contract. A new member is a minor step; whatever a plugin would have to follow is a major one. */
export const pluginContractVersion = '1.0.0';

/** One question of the host to a plugin. */
export type PluginCall =
  | { readonly kind: 'route'; readonly id: string; readonly query: unknown; readonly body: unknown }
  | { readonly kind: 'kpi'; readonly id: string; readonly query: WindowQuery }
  | { readonly kind: 'job'; readonly id: string };

/** A plugin as the host knows it: data, and two asynchronous calls. Another process can stand behind it. */
export interface Plugin {
  readonly declaration: PluginDeclaration;
  /** The settings with what was left out filled in. @throws Problem `request-invalid` that names every wrong place */
  settle(settings: unknown): Promise<unknown>;
  call(call: PluginCall, context: PluginContext): Promise<unknown>;
}

export interface PluginRoute<S = unknown, Q = unknown, B = unknown, R = unknown>
  extends Omit<RouteDeclaration, 'query' | 'body' | 'reply'> {
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly reply: z.ZodType<R>;
  handle(context: PluginContext<S>, request: { readonly query: Q; readonly body: B }): Promise<R>;
}

/** One figure of a plugin's KPI. Null where there is no honest number. */
export interface KpiFigure {
  readonly assetId: string;
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly open: boolean;
  readonly value: number | null;
  /** Share of the window the figure rests on, 0–1. */
  readonly coverage: number | null;
  /** What it was made of, for whoever wants to compute it again. */
  readonly inputs: { readonly [name: string]: Json };
}

export interface PluginKpi<S = unknown> extends KpiDeclaration {
  /** One figure per window, oldest first. */
  evaluate(context: PluginContext<S>, query: WindowQuery): Promise<KpiFigure[]>;
}

export interface PluginJob<S = unknown> extends JobDeclaration {
  run(context: PluginContext<S>): Promise<void>;
}

export interface PluginDefinition<S> {
  readonly manifest: PluginManifest & { readonly settings: z.ZodType<S> };
  readonly kpis: readonly PluginKpi<S>[];
  readonly pages: readonly PluginPage[];
  readonly routes: readonly PluginRoute<S>[];
  readonly jobs: readonly PluginJob<S>[];
}

/** Lets the schemas of a route say what its handler is given and must answer. */
export function pluginRoute<S, Q = undefined, B = undefined, R = unknown>(
  route: PluginRoute<S, Q, B, R>,
): PluginRoute<S> {
  return route as unknown as PluginRoute<S>;
}

/** Makes a plugin of its parts. The file `plugin.ts` of its folder exports the result under the name `plugin`. */
export function definePlugin<S>(definition: PluginDefinition<S>): Plugin {
  const { manifest, kpis, routes, jobs, pages } = definition;
  const { settings, ...identity } = manifest;
  return {
    declaration: {
      manifest: identity,
      settings: jsonSchemaOf(settings, 'input'),
      kpis: kpis.map(({ evaluate: _, ...kpi }) => kpi),
      pages,
      routes: routes.map(routeDeclaration),
      jobs: jobs.map(({ run: _, ...job }) => job),
    },
    settle: async (value) => accept('settings', settings, value ?? {}),
    async call(call, given) {
      const context = given as PluginContext<S>;
      switch (call.kind) {
        case 'route': {
          const route = named(routes, routeId, call.id);
          const query = accept('query', route.query, call.query);
          return await route.handle(context, { query, body: accept('body', route.body, call.body) });
        }
        case 'kpi':
          return await named(kpis, ({ id }) => id, call.id).evaluate(context, call.query);
        case 'job':
          return await named(jobs, ({ id }) => id, call.id).run(context);
      }
    },
  };
}

/** How a call names a route. */
export function routeId({ method, path }: Pick<RouteDeclaration, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

function routeDeclaration<S>({ handle: _, query, body, reply, ...rest }: PluginRoute<S>): RouteDeclaration {
  return {
    ...rest,
    ...(query === undefined ? {} : { query: jsonSchemaOf(query, 'input') }),
    ...(body === undefined ? {} : { body: jsonSchemaOf(body, 'input') }),
    reply: jsonSchemaOf(reply, 'output'),
  };
}

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' });
}

function named<T>(parts: readonly T[], idOf: (part: T) => string, id: string): T {
  const part = parts.find((one) => idOf(one) === id);
  if (part === undefined) throw new Error(`the plugin has declared no ${id}`);
  return part;
}

function accept<T>(part: string, schema: z.ZodType<T> | undefined, value: unknown): T {
  if (schema === undefined) return undefined as T;
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => ({
    where: [part, ...issue.path.map(String)].join('.'),
    what: issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : issue.message,
  }));
  throw new Problem({
    code: 'request-invalid',
    detail: places.map(({ where, what }) => `${where}: ${what}`).join('; '),
    advice: 'Correct the places named.',
    reaction: 'drop',
    status: 400,
    places,
  });
}
