import { writeCsv } from './csv-table.ts';
import type { RawSource } from './raw-source.ts';
import { cellOf, columnsOf } from './tag-cells.ts';

/**
 * The tags of a source as a table, each as it is written in the configuration: an address stays the alias it is, a
 * variable stays a variable. Columns nobody fills are left out, but for those people want to fill.
 */
export function exportCsv({ driver, tags }: RawSource): string {
  const used = new Set(['name', 'type', 'unit', 'description', ...tags.flatMap((tag) => Object.keys(tag))]);
  const header = columnsOf(driver).filter((key) => used.has(key));
  return writeCsv(
    header,
    tags.map((tag) => header.map((key) => cellOf(key, tag[key]))),
  );
}
