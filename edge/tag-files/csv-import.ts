import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { unknownKey } from '@gongfu/shared/config/known-key';
import type { DriverId } from '../drivers/registry.ts';
import { type CsvTable, columnLetters, invalidFile, readCsv } from './csv-table.ts';
import type { Imported, ImportedSource, ImportedTag } from './imported.ts';
import { faultsOf } from './judged-source.ts';
import { cellValue, columnsOf } from './tag-cells.ts';

export interface CsvImport {
  /** As the user wrote it, for messages. */
  readonly file: string;
  readonly text: string;
  /** Told by the columns where it is not given. */
  readonly driver: DriverId | undefined;
  readonly source: string;
  /** Keys of the source the tags go into, as far as they are known: they decide with what a tag may have. */
  readonly keys: Readonly<Record<string, unknown>>;
}

/**
 * Our own table of tags: a column for each key, a row for each tag, an empty cell for a key that is not set.
 * @throws Problem `tag-file-invalid` with every cell that is wrong
 */
export function importCsv({ file, text, driver: wanted, source: name, keys }: CsvImport): Imported {
  const table = readCsv(file, text);
  const driver = wanted ?? driverOf(file, table);
  const known = columnsOf(driver);
  const places: ProblemPlace[] = headerFaults(file, table, known);
  const tags = table.rows.map((row): ImportedTag => {
    const placeOf = (key?: string) => {
      const column = key === undefined ? -1 : table.header.indexOf(key);
      return column < 0 ? `${file}:${row.line}` : `${file}:${row.line} column ${columnLetters(column)} "${key}"`;
    };
    for (const [column, cell] of row.cells.entries()) {
      if (column >= table.header.length && cell.trim() !== '')
        places.push({
          where: `${file}:${row.line} column ${columnLetters(column)}`,
          what: 'no column has this number; is a separator inside a text that needs quotes?',
        });
    }
    const cells = table.header.flatMap((key, column): [string, unknown][] => {
      const cell = row.cells[column] ?? '';
      const taken = known.includes(key) && cell.trim() !== '';
      return taken ? [[key, cellValue(driver, key, cell, table.delimiter === ';')]] : [];
    });
    return { keys: Object.fromEntries(cells), placeOf };
  });
  if (tags.length === 0 && places.length === 0) places.push({ where: `${file}:2`, what: 'no row has a tag' });
  const source: ImportedSource = { name, driver, keys, tags };
  for (const { tag, key, what } of places.length === 0 ? faultsOf(source) : []) {
    const where = tag === undefined ? file : tags[tag]!.placeOf(key);
    places.push({ where, what: key === undefined || tag === undefined ? what : `${key}: ${what}` });
  }
  if (places.length > 0) throw invalidFile(file, places);
  return { sources: [source], warnings: [] };
}

function headerFaults(file: string, { header }: CsvTable, known: readonly string[]): ProblemPlace[] {
  return header.flatMap((key, column) => {
    const where = `${file}:1 column ${columnLetters(column)}`;
    if (header.indexOf(key) !== column)
      return key === '' ? [] : [{ where, what: `the column "${key}" is there twice` }];
    return key === '' || known.includes(key)
      ? []
      : [{ where, what: unknownKey(key, known).replace(/\bkey\b/, 'column') }];
  });
}

function driverOf(file: string, { header }: CsvTable): DriverId {
  if (header.includes('nodeId')) return 'opcua';
  if (header.includes('address')) return 'modbus';
  throw new Problem({
    code: 'tag-file-invalid',
    detail: `${file}: its columns (${header.join(', ').slice(0, 200)}) do not tell which driver its tags are for`,
    advice:
      'Name it: --driver modbus or --driver opcua; the first line of the table names our keys, as name,type,address.',
    reaction: 'stop',
    status: 422,
  });
}
