import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Route } from '#cloud/api/route';

const apiFolder = new URL('../../../../cloud/dist/api/', import.meta.url);

/** Stands for whatever a routes function is given: it makes routes without asking anything of it. */
const anyDoor: object = new Proxy(() => anyDoor, { get: () => anyDoor });

/** Every route of the code: all that the functions `…Routes` of the files `cloud/api/*-routes` make. */
export async function declaredRoutes(): Promise<Route[]> {
  const files = (await readdir(fileURLToPath(apiFolder))).filter((name) => name.endsWith('-routes.js'));
  const routes: Route[] = [];
  for (const file of files) {
    const module = (await import(new URL(file, apiFolder).href)) as Record<string, unknown>;
    for (const [name, make] of Object.entries(module)) {
      if (name.endsWith('Routes') && typeof make === 'function') routes.push(...(make(anyDoor) as Route[]));
    }
  }
  return routes;
}

export function nameOf(route: Pick<Route, 'method' | 'path'>): string {
  return `${route.method.toUpperCase()} ${route.path}`;
}
