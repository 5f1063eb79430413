import { messageOf } from '@gongfu/shared/base/problem';
import { assetLevels } from '@gongfu/shared/model/asset';
import { pluginContractVersion } from '@gongfu/shared/sdk/plugin';
import { hostPermissions } from '@gongfu/shared/sdk/plugin-context';
import type { PluginDeclaration } from '@gongfu/shared/sdk/plugin-declaration';
import { satisfies, valid, validRange } from 'semver';
import { z } from 'zod';

/** Rights a route may ask of the person; whatever administers the platform itself is not for plugins. */
export const routePermissions = [
  'portal:read',
  'portal:configure',
  'assets:read',
  'kpis:read',
  'samples:read',
] as const;

const id = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'lower-case letters, digits and hyphens, a letter first');
const text = z.object({ zh: z.string().min(1), en: z.string().min(1) });
const path = z
  .string()
  .regex(/^(\/[a-z0-9-]+)+$/, 'a path as `/by-shift`')
  .refine((given) => !/^\/kpis(\/|$)/.test(given), '`/kpis` belongs to the KPIs of the plugin');
const jsonSchema = z.record(z.string(), z.unknown());

const field = z.object({
  field: z.string().min(1),
  label: text,
  format: z.enum(['text', 'local-text', 'asset', 'window', 'number', 'percent', 'time', 'choice']),
  decimals: z.number().int().min(0).max(6).optional(),
  unit: z.string().optional(),
  unitField: z.string().optional(),
  texts: z.record(z.string(), text.extend({ attention: z.boolean().optional() })).optional(),
  hint: text.optional(),
});
const data = { title: text.optional(), source: path, rows: z.string().min(1), empty: text };

const block = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), title: text.optional(), text }),
  z.object({ kind: z.literal('figures'), ...data, heading: field, figures: z.array(field).min(1) }),
  z.object({ kind: z.literal('table'), ...data, columns: z.array(field).min(1) }),
  z.object({
    kind: z.literal('chart'),
    ...data,
    newestFirst: z.boolean().optional(),
    series: field,
    category: field,
    value: field,
    reference: field.optional(),
  }),
  z.object({ kind: z.literal('form'), title: text, text: text.optional(), target: path, submit: text }),
]);

const control = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('asset'), parameter: id, label: text, levels: z.array(z.enum(assetLevels)).min(1) }),
  z.object({
    kind: z.literal('choice'),
    parameter: id,
    label: text,
    options: z.array(z.object({ value: z.string(), label: text })).min(1),
    initial: z.string(),
  }),
]);

const declarationSchema = z.object({
  manifest: z.strictObject({
    id,
    version: z.string().refine((version) => valid(version) !== null, 'a semantic version, as `1.0.0`'),
    host: z
      .string()
      .refine((range) => validRange(range) !== null, 'a range of semantic versions, as `^1.0.0`')
      .refine(
        (range) => validRange(range) === null || satisfies(pluginContractVersion, range),
        `does not include ${pluginContractVersion}, the version of this platform's plugin contract`,
      ),
    name: text,
    description: text,
    permissions: z.array(z.enum(hostPermissions)),
  }),
  settings: jsonSchema,
  kpis: z.array(
    z.strictObject({
      id,
      name: text,
      description: text,
      formula: z.string().min(1),
      method: z.string().min(1),
      unit: z.string(),
      trend: z.enum(['higher-is-better', 'lower-is-better', 'neither']),
      timing: z.enum(['on-demand', 'periodic', 'real-time']),
      audience: z.array(z.enum(['operator', 'supervisor', 'manager'])).min(1),
    }),
  ),
  pages: z.array(
    z.strictObject({
      id: id.refine((given) => given !== 'settings', '`settings` is the page the portal makes itself'),
      title: text,
      intro: text.optional(),
      controls: z.array(control).optional(),
      blocks: z.array(block).min(1),
    }),
  ),
  routes: z.array(
    z.strictObject({
      method: z.enum(['get', 'post', 'put', 'patch', 'delete']),
      path,
      permission: z.enum(routePermissions),
      summary: z.string().min(1),
      query: jsonSchema.optional(),
      body: jsonSchema.optional(),
      reply: jsonSchema,
    }),
  ),
  jobs: z.array(z.strictObject({ id, everyMs: z.number().int().min(10_000) })),
});

/** Everything that is wrong with a declaration, one sentence each with its place; empty when it can be mounted. */
export function declarationFaults(declaration: unknown): string[] {
  const parsed = declarationSchema.safeParse(declaration, { reportInput: true });
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issueText(issue)}`);
  const read = declaration as PluginDeclaration;
  return [...repeated(read), ...dangling(read), ...unreadable(read)];
}

function issueText(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : issue.message;
}

function repeated({ kpis, pages, routes, jobs }: PluginDeclaration): string[] {
  const lists = {
    kpis: kpis.map((kpi) => kpi.id),
    pages: pages.map((page) => page.id),
    routes: routes.map((route) => `${route.method} ${route.path}`),
    jobs: jobs.map((job) => job.id),
  };
  return Object.entries(lists).flatMap(([list, ids]) =>
    ids.flatMap((one, index) => (ids.indexOf(one) < index ? [`${list}.${index}: ${one} is declared twice`] : [])),
  );
}

/** A schema the platform cannot read would otherwise end its start. */
function unreadable({ routes }: PluginDeclaration): string[] {
  return routes.flatMap((route, index) =>
    (['query', 'body', 'reply'] as const).flatMap((part) => {
      const schema = route[part];
      if (schema === undefined) return [];
      try {
        z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
        return [];
      } catch (error) {
        return [`routes.${index}.${part}: no JSON Schema that can be read: ${messageOf(error)}`];
      }
    }),
  );
}

/** A page that asks for what is not there would only fail in front of a person. */
function dangling({ pages, routes }: PluginDeclaration): string[] {
  const has = (method: string, wanted: string) =>
    routes.some((route) => route.method === method && route.path === wanted);
  return pages.flatMap((page, index) =>
    page.blocks.flatMap((one, place) => {
      const where = `pages.${index}.blocks.${place}`;
      if (one.kind === 'text') return [];
      if (one.kind === 'form') {
        return has('post', one.target) ? [] : [`${where}.target: no route post ${one.target} is declared`];
      }
      return has('get', one.source) ? [] : [`${where}.source: no route get ${one.source} is declared`];
    }),
  );
}
