import { createHash } from 'node:crypto';
import type { EdgeConfig } from './config.ts';
import { drivers } from './drivers/registry.ts';

/**
 * Name of what is configured: equal for files that mean the same, whatever their order of keys, comments and defaults
 * left out. The one-time code and every secret stay out of it: a hash lets a weak password be guessed.
 */
export function configurationVersion({ uplink, sources, ...rest }: EdgeConfig): string {
  const { code: _, url, ...trust } = uplink ?? {};
  const open = {
    ...rest,
    uplink: uplink === undefined ? undefined : { ...trust, url: withoutSignIn(url!) },
    sources: sources.map((source) => ({
      ...source,
      settings: without(source.settings as object, drivers[source.driver].secrets ?? []),
    })),
  };
  return createHash('sha256').update(JSON.stringify(open, sortedKeys)).digest('hex');
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function without(settings: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)));
}

function withoutSignIn(address: string): string {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}
