import { Problem } from '@gongfu/shared/base/problem';
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

export interface CsvRow {
  /** Line the row begins at, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly header: readonly string[];
  /** Rows with at least one cell that is not empty. */
  readonly rows: readonly CsvRow[];
  /** What separates the cells: a file with semicolons may write 0,5 for a half. */
  readonly delimiter: Delimiter;
}

const delimiters = [',', ';', '\t'] as const;
type Delimiter = (typeof delimiters)[number];

/**
 * Reads a table whose first line names the columns; comma, semicolon or tab is told by that line.
 * @throws Problem `tag-file-invalid` when the quotes do not close or no line names columns
 */
export function readCsv(file: string, text: string): CsvTable {
  const delimiter = delimiterOf(text);
  const bytes = Buffer.from(text);
  let records: { record: string[]; info: { bytes: number } }[];
  try {
    records = parse(bytes, {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : 1;
    throw invalidFile(file, [{ where: `${file}:${line}`, what: `not readable as CSV: ${error.message}` }]);
  }
  const [first, ...rest] = records;
  if (first === undefined) throw invalidFile(file, [{ where: `${file}:1`, what: 'no line names the columns' }]);
  return {
    header: first.record.map((name) => name.trim()),
    rows: withLines(bytes, first.info.bytes, rest).filter(({ cells }) => cells.some((cell) => cell.trim() !== '')),
    delimiter,
  };
}

/** The library's own count of lines takes a CRLF inside a cell for two. */
function withLines(
  bytes: Buffer,
  headerBytes: number,
  records: readonly { record: string[]; info: { bytes: number } }[],
): CsvRow[] {
  let from = headerBytes;
  let line = 2;
  return records.map(({ record, info }) => {
    const taken = bytes.toString('utf8', from, info.bytes);
    const blank = breaksIn(/^[\r\n]*/.exec(taken)![0]);
    const row = { line: line + blank, cells: record };
    line += breaksIn(taken);
    from = info.bytes;
    return row;
  });
}

/** As Excel wants it: UTF-8 with its mark, CRLF. */
export function writeCsv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return stringify([header, ...rows], { bom: true, record_delimiter: 'windows' });
}

/** `A`, `B` … `AA`: what Excel calls a column. */
export function columnLetters(column: number): string {
  const rest = Math.floor(column / 26) - 1;
  return (rest < 0 ? '' : columnLetters(rest)) + String.fromCharCode(65 + (column % 26));
}

export function invalidFile(file: string, places: readonly { where: string; what: string }[]): Problem {
  return new Problem({
    code: 'tag-file-invalid',
    detail: `${file} has ${places.length === 1 ? 'one fault' : `${places.length} faults`}`,
    advice: 'Correct the places named and import again; nothing was changed.',
    reaction: 'stop',
    status: 422,
    places,
  });
}

function delimiterOf(text: string): Delimiter {
  const head = /^.*$/m.exec(text)?.[0] ?? '';
  return delimiters.reduce((best, next) => (head.split(next).length > head.split(best).length ? next : best));
}

function breaksIn(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}
