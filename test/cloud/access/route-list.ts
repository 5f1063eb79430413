import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@gongfu/shared/base/clock';
import type { Route } from '#cloud/api/route';
import { mountedRoutes } from '#cloud/plugins/host/mounted-routes';
import { findPlugins } from '#cloud/plugins/host/plugin-folder';

const apiFolder = new URL('../../../../cloud/dist/api/', import.meta.url);
const pluginsFolder = new URL('../../../../cloud/dist/plugins/', import.meta.url);

/** Stands for whatever a routes function is given: it makes routes without asking anything of it. */
const anyDoor: object = new Proxy(() => anyDoor, { get: () => anyDoor });

/** Every route of the code: all that the functions `…Routes` of the files `cloud/api/*-routes` make, and those of the plugins. */
export async function declaredRoutes(): Promise<Route[]> {
  const files = (await readdir(fileURLToPath(apiFolder))).filter((name) => name.endsWith('-routes.js'));
  const routes: Route[] = [];
  for (const file of files) {
    const module = (await import(new URL(file, apiFolder).href)) as Record<string, unknown>;
    for (const [name, make] of Object.entries(module)) {
      if (name.endsWith('Routes') && typeof make === 'function') routes.push(...(make(anyDoor) as Route[]));
    }
  }
  return [...routes, ...(await pluginRoutes())];
}

/** Whatever stands in the folder of plugins: none of them is named in a test of access. */
async function pluginRoutes(): Promise<Route[]> {
  const found = await findPlugins(fileURLToPath(pluginsFolder));
  const declarations = found.flatMap(({ plugin }) => plugin?.declaration ?? []);
  return mountedRoutes({ declarations, call: async () => undefined, clock: systemClock });
}

export function isOfPlugin(route: Pick<Route, 'path'>): boolean {
  return route.path.startsWith('/api/v1/plugins/');
}

export function nameOf(route: Pick<Route, 'method' | 'path'>): string {
  return `${route.method.toUpperCase()} ${route.path}`;
}
