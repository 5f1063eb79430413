import { definePlugin, type Plugin, type PluginDefinition, pluginRoute } from '@gongfu/shared/sdk/plugin';
import type { PluginContext } from '@gongfu/shared/sdk/plugin-context';
import { z } from 'zod';

/** The same text for both languages of a test. */
export const text = (en: string) => ({ zh: '文字', en });
const settings = z.strictObject({ factor: z.number().min(0).default(2) });
export type Settings = z.infer<typeof settings>;
/** Who asks without a limit. */
export const whole = { tenantId: 't', scope: null };

/** A plugin that does nothing. */
export function definition(more: Partial<PluginDefinition<Settings>> = {}): PluginDefinition<Settings> {
  return {
    manifest: {
      id: 'probe',
      version: '1.2.3',
      host: '^1.0.0',
      name: text('Probe'),
      description: text('For tests'),
      permissions: ['assets:read', 'kpis:read', 'samples:read'],
      settings,
    },
    kpis: [],
    pages: [],
    jobs: [],
    routes: [],
    ...more,
  };
}

/** A plugin with one route that does what the test says. */
export function probe(handle: (context: PluginContext<Settings>) => Promise<unknown>, more = {}): Plugin {
  const route = pluginRoute({
    method: 'get',
    path: '/do',
    permission: 'kpis:read',
    summary: 'whatever the test wants',
    reply: z.unknown(),
    handle: (context: PluginContext<Settings>) => handle(context),
  });
  return definePlugin(definition({ routes: [route], ...more }));
}
