import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '@gongfu/shared/base/problem';
import type { Plugin } from '@gongfu/shared/sdk/plugin';
import { declarationFaults } from './declaration-check.ts';

/** One folder of plugins: with a plugin that can be mounted, or with why it cannot. */
export interface FoundPlugin {
  readonly folder: string;
  readonly plugin: Plugin | undefined;
  readonly faults: readonly string[];
}

/** The host's own folder stands among those of the plugins. */
const own = 'host';

/** Loads every folder that has a `plugin.js`. One that fails is named and left out: the others and the platform go on. */
export async function findPlugins(root: string): Promise<FoundPlugin[]> {
  if (!existsSync(root)) return [];
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== own && existsSync(join(root, entry.name, 'plugin.js')))
    .map(({ name }) => name)
    .sort();
  const found: FoundPlugin[] = [];
  for (const folder of folders) {
    const loaded = await load(root, folder);
    const id = loaded.plugin?.declaration.manifest.id;
    const first = id === undefined ? undefined : found.find(({ plugin }) => plugin?.declaration.manifest.id === id);
    if (first === undefined) found.push(loaded);
    else found.push({ folder, plugin: undefined, faults: [`the id ${id} is taken by the folder ${first.folder}`] });
  }
  return found;
}

async function load(root: string, folder: string): Promise<FoundPlugin> {
  try {
    const module = (await import(pathToFileURL(join(root, folder, 'plugin.js')).href)) as { plugin?: Plugin };
    const { plugin } = module;
    if (typeof plugin?.call !== 'function' || typeof plugin.settle !== 'function') {
      return { folder, plugin: undefined, faults: ['plugin.js exports no `plugin` made by definePlugin'] };
    }
    const faults = declarationFaults(plugin.declaration);
    return { folder, plugin: faults.length === 0 ? plugin : undefined, faults };
  } catch (error) {
    return { folder, plugin: undefined, faults: [`plugin.js cannot be loaded: ${messageOf(error)}`] };
  }
}
