import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { invalidFile } from './csv-table.ts';
import type { PlacedTree } from './foreign-section.ts';
import { LineMap } from './line-map.ts';

/** @throws Problem `tag-file-invalid` naming the line */
export function readJson(file: string, text: string): PlacedTree {
  const counter = new LineCounter();
  // JSON is YAML, and this parser knows where everything stands; tabs of JSON are no indentation of YAML.
  const spaced = text.replaceAll('\t', ' ');
  const document = parseDocument(spaced, { lineCounter: counter, uniqueKeys: false });
  const lines = new LineMap();
  const place = (path: readonly (string | number)[], node: unknown, from: unknown): void => {
    const range = (from as { range?: readonly number[] | null } | null)?.range;
    if (range != null) lines.put(path, counter.linePos(range[0]!).line);
    if (isSeq(node)) for (const [index, item] of node.items.entries()) place([...path, index], item, item);
    if (!isMap(node)) return;
    for (const { key, value } of node.items) place([...path, isScalar(key) ? String(key.value) : ''], value, key);
  };
  place([], document.contents, document.contents);
  try {
    return { value: JSON.parse(text) as unknown, lineOf: (path) => lines.of(path) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const at = document.errors[0]?.pos[0] ?? Number(/position (\d+)/.exec(error.message)?.[1] ?? 0);
    const { line } = counter.linePos(at);
    throw invalidFile(file, [{ where: `${file}:${line}`, what: `not readable as JSON: ${error.message}` }]);
  }
}
