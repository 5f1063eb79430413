import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import yazl from 'yazl';

/** Rows of a sheet in every spreadsheet program, the head among them. */
const rowsPerSheetMax = 1_048_576;
const dayMs = 86_400_000;
/** Day 0 of a spreadsheet is 1899-12-30. */
const epochDay = 25_569;
const namespace = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

interface SheetRow {
  readonly local: number;
  readonly iso: string;
  readonly tag: number;
  readonly signal: string;
  readonly source: string;
  readonly name: string;
  readonly unit: string;
  readonly number: number | null;
  readonly words: string | null;
  readonly quality: string;
  readonly status: number;
}

/**
 * A workbook (ECMA-376) as a stream, row by row, from one JSON object a line. Numbers are numbers; what would lose digits
 * is text, and texts are strings, never formulas. More rows than a sheet takes go on in a further sheet.
 */
export function workbookOf(options: { input: Readable; rows: number; timeZone: string }): Readable {
  const { input, rows, timeZone } = options;
  const sheets = Math.max(1, Math.ceil(rows / (rowsPerSheetMax - 1)));
  const zip = new yazl.ZipFile();
  for (const [path, text] of frameOf(sheets)) zip.addBuffer(Buffer.from(declaration + text), path);
  // Begun with the first sheet: lines read before somebody waits for them would be lost.
  let lines: AsyncIterator<string> | undefined;
  for (let sheet = 1; sheet <= sheets; sheet += 1) {
    // The parts of an archive are written one after the other, so each sheet goes on where the one before ended.
    zip.addReadStreamLazy(`xl/worksheets/sheet${sheet}.xml`, (take) => {
      lines ??= createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
      take(null, Readable.from(chunked(sheetXml(lines, timeZone)), { objectMode: false }));
    });
  }
  zip.end();
  const content = zip.outputStream as Readable;
  zip.on('error', (error: Error) => content.destroy(error));
  input.on('error', (error) => content.destroy(error));
  // Nobody reads any more: the file behind must be let go.
  content.once('close', () => input.destroy());
  return content;
}

async function* sheetXml(lines: AsyncIterator<string>, timeZone: string): AsyncGenerator<string> {
  yield `${declaration}<worksheet xmlns="${namespace}"><sheetViews><sheetView workbookViewId="0">`;
  yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>';
  yield '<cols><col min="1" max="2" width="30" customWidth="1"/><col min="3" max="10" width="16" customWidth="1"/></cols>';
  yield `<sheetData>${rowXml(1, headOf(timeZone))}`;
  for (let row = 2; row <= rowsPerSheetMax; row += 1) {
    const line = await lines.next();
    if (line.done === true) break;
    yield rowXml(row, cellsOf(JSON.parse(line.value) as SheetRow));
  }
  yield '</sheetData></worksheet>';
}

type Cell = string | number | { readonly day: number };

function headOf(timeZone: string): Cell[] {
  const rest = ['time (ISO 8601)', 'tag', 'signal', 'source', 'name', 'unit', 'value', 'quality', 'status'];
  return [`time (${timeZone})`, ...rest];
}

function cellsOf({ local, iso, tag, signal, source, name, unit, number, words, quality, status }: SheetRow): Cell[] {
  const value = number ?? words ?? '';
  return [{ day: local / dayMs + epochDay }, iso, tag, signal, source, name, unit, value, quality, status];
}

/** Every cell says where it stands: readers are free to demand it, and some do. */
function rowXml(row: number, cells: readonly Cell[]): string {
  const xml = cells.map((cell, i) => {
    const place = `r="${String.fromCharCode(65 + i)}${row}"`;
    if (typeof cell === 'number') return `<c ${place}><v>${cell}</v></c>`;
    if (typeof cell === 'object') return `<c ${place} s="1"><v>${cell.day}</v></c>`;
    if (cell === '') return '';
    return `<c ${place} t="inlineStr"><is><t xml:space="preserve">${escaped(cell)}</t></is></c>`;
  });
  return `<row r="${row}">${xml.join('')}</row>`;
}

/** Signs XML has no place for are left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\n\r]|\p{Surrogate}|[\ufffe\uffff]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Rows are short: sent one by one each would cost a turn of the compressor. */
async function* chunked(texts: AsyncGenerator<string>): AsyncGenerator<Buffer> {
  let gathered = '';
  for await (const text of texts) {
    gathered += text;
    if (gathered.length < 65_536) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  yield Buffer.from(gathered);
}

function frameOf(sheets: number): [path: string, text: string][] {
  const numbers = Array.from({ length: sheets }, (_, i) => i + 1);
  const office = 'http://schemas.openxmlformats.org/package/2006';
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
  const styles = `<styleSheet xmlns="${namespace}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm:ss.000"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>`;
  return [
    [
      '[Content_Types].xml',
      `<Types xmlns="${office}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${type}.styles+xml"/>${numbers.map((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${type}.worksheet+xml"/>`).join('')}</Types>`,
    ],
    [
      '_rels/.rels',
      `<Relationships xmlns="${office}/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
    [
      'xl/workbook.xml',
      `<workbook xmlns="${namespace}" xmlns:r="${relations}"><sheets>${numbers.map((n) => `<sheet name="samples ${n}" sheetId="${n}" r:id="rId${n}"/>`).join('')}</sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `<Relationships xmlns="${office}/relationships">${numbers.map((n) => `<Relationship Id="rId${n}" Type="${relations}/worksheet" Target="worksheets/sheet${n}.xml"/>`).join('')}<Relationship Id="rId${sheets + 1}" Type="${relations}/styles" Target="styles.xml"/></Relationships>`,
    ],
    ['xl/styles.xml', styles],
  ];
}
