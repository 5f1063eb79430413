import type { TagDeclaration } from '@gongfu/shared/model/tag';
import type { CollectorSource, CollectorTag } from './collector/collector-types.ts';
import { drivers } from './drivers/registry.ts';
import type { SourceConfig } from './source-config.ts';
import type { TagConfig } from './tag-config.ts';

/** What the cloud is told about every configured tag, in the order of the configuration. */
export function declarationsOf(sources: readonly SourceConfig[]): Omit<TagDeclaration, 'number'>[] {
  return sources.flatMap((source) =>
    source.tags.map((tag) => ({
      source: source.name,
      name: tag.name,
      type: tag.type,
      scaled: tag.scaled,
      unit: tag.unit,
      description: tag.description,
      maxSilentMs: maxSilentMsOf(source, tag),
    })),
  );
}

/** The sources as the collector runs them; `declared` is what the buffer has made of `declarationsOf`. */
export function collectorSources(
  sources: readonly SourceConfig[],
  declared: readonly TagDeclaration[],
): CollectorSource[] {
  let place = 0;
  return sources.map(({ name, driver, settings, tags }) => ({
    name,
    kind: drivers[driver],
    settings,
    tags: tags.map((tag) => {
      const { number } = declared[place]!;
      place += 1;
      return runTag(tag, number);
    }),
  }));
}

/** For the cloud: another one makes no other source. */
const toldOnly: ReadonlySet<string> = new Set(['unit', 'description', 'scaled'] satisfies (keyof TagConfig)[]);

/** Put in one by one and not spread: each spread object has a hidden shape of its own, three times as big as what it holds. */
function runTag(tag: TagConfig, number: number): CollectorTag {
  const run = { number };
  for (const [key, value] of Object.entries(tag)) if (!toldOnly.has(key)) Object.assign(run, { [key]: value });
  return run as CollectorTag;
}

/** A polled tag that reports only changes restates itself at the first poll after its heartbeat. */
function maxSilentMsOf(source: SourceConfig, tag: TagConfig): number {
  if (drivers[source.driver].subscribes?.(source.settings) === true) return tag.heartbeatMs;
  const { onChange, deadband, deadbandPercent, swingingDoor } = tag;
  const thinned = onChange || deadband !== null || deadbandPercent !== undefined || swingingDoor !== undefined;
  return thinned ? tag.heartbeatMs + tag.intervalMs : tag.intervalMs;
}
