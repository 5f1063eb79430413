import type { PlanLine } from '@gongfu/shared/sdk/driver';
import type { EdgeConfig } from './config.ts';
import { drivers } from './drivers/registry.ts';
import type { SourceConfig } from './source-config.ts';

/** One line a request: how often, what is asked; below it the tags it serves, each with its address on the wire. */
export function planText(config: EdgeConfig): string[] {
  return config.sources.flatMap((source) => {
    const lines = planOf(source);
    return [
      `${source.name} (${source.driver}): ${source.tags.length} tags, ${lines.length} requests${busyText(lines)}`,
      ...lines.flatMap(({ intervalMs, request, durationMs, tags }) => [
        `  every ${intervalMs} ms  ${request}${durationMs === undefined ? '' : `  about ${durationMs.toFixed(1)} ms`}`,
        ...tags.map(({ name, address, type }) => `    ${name}  ${address}  ${type}`),
      ]),
    ];
  });
}

/** One line a tag: the address as it will stand on the wire, so that an off-by-one shows before it reads a wrong register. */
export function wireAddresses(config: EdgeConfig): string[] {
  return config.sources.flatMap((source) =>
    planOf(source).flatMap(({ tags }) =>
      tags.map(({ name, address, type }) => `${source.name}/${name}  ${address}  ${type}`),
    ),
  );
}

function busyText(lines: readonly PlanLine[]): string {
  const timed = lines.filter(({ durationMs }) => durationMs !== undefined);
  const msPerSecond = timed.reduce((sum, { durationMs = 0, intervalMs }) => sum + (1000 * durationMs) / intervalMs, 0);
  return timed.length === 0 ? '' : `, about ${Math.ceil(msPerSecond)} ms in every second`;
}

function planOf(source: SourceConfig): PlanLine[] {
  const tags = source.tags.map((tag, place) => ({ ...tag, number: place + 1 }));
  return drivers[source.driver].plan(source.settings, tags);
}
