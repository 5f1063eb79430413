/** One thing a row tells: what it is sorted, filtered and written to a file by. */
export interface TableColumn<Row> {
  readonly id: string;
  readonly label: string;
  /** Times as ISO 8601, so that text order is time order. */
  value(row: Row): string | number | null;
}

/** As in the address: `name`, or `-name` from the other end. */
export interface TableView {
  readonly sort: string;
  readonly search: string;
}

/** The rows to show, in order: every word of the search stands somewhere in a row; null comes last either way. */
export function shownRows<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  { sort, search }: TableView,
): Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => {
    const text = columns
      .map((column) => column.value(row) ?? '')
      .join('\n')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const turned = sort.startsWith('-');
  const column = columns.find(({ id }) => id === (turned ? sort.slice(1) : sort));
  if (column === undefined) return found;
  return found.sort((a, b) => compared(column.value(a), column.value(b), turned));
}

function compared(a: string | number | null, b: string | number | null, turned: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
  return turned ? -order : order;
}

/** RFC 4180, with a mark at the start by which spreadsheets know UTF-8. A text that a spreadsheet would take for a formula is quoted as text. */
export function csvText<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): string {
  const lines = [columns.map(({ label }) => label), ...rows.map((row) => columns.map((column) => column.value(row)))];
  return `\uFEFF${lines.map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
