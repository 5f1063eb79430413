import type { UplinkConfig } from './config.ts';
import { drivers } from './drivers/registry.ts';
import type { SourceConfig } from './source-config.ts';

/** Every secret of a configuration in clear, so that what is shown to people can be cleaned of it. */
export function secretsOf(sources: readonly SourceConfig[], { code, url }: UplinkConfig): string[] {
  const ofSources = sources.flatMap(({ driver, settings }) =>
    (drivers[driver].secrets ?? []).map((key) => (settings as Readonly<Record<string, unknown>>)[key]),
  );
  const { password } = new URL(url);
  return [code, password, ...ofSources].filter((secret) => typeof secret === 'string' && secret !== '') as string[];
}
