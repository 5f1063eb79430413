import { isMap, isSeq, parseDocument } from 'yaml';
import type { DriverId } from '../drivers/registry.ts';

/** A source as it is written in a configuration that has been checked, its values as they stand there. */
export interface RawSource {
  readonly driver: DriverId;
  /** All beside name, driver and tags. */
  readonly keys: Readonly<Record<string, unknown>>;
  readonly tags: readonly Readonly<Record<string, unknown>>[];
}

export function rawSourceOf(configText: string, name: string): RawSource | undefined {
  const document = parseDocument(configText);
  const sources = document.get('sources');
  const source = isSeq(sources) ? sources.items.find((item) => isMap(item) && item.get('name') === name) : undefined;
  if (!isMap(source)) return undefined;
  const { name: _, driver, tags, ...keys } = source.toJS(document) as Record<string, unknown>;
  return { driver: driver as DriverId, keys, tags: tags as RawSource['tags'] };
}
