import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import { invalidFile } from './csv-table.ts';
import type { PlacedTree } from './foreign-section.ts';
import { LineMap } from './line-map.ts';

/** @throws Problem `tag-file-invalid` naming the line */
export function readToml(file: string, text: string): PlacedTree {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw invalidFile(file, [{ where: `${file}:${error.lineNumber}`, what: `not readable as TOML: ${error.message}` }]);
  }
  const lines = new LineMap();
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') placeKey(lines, [], node);
    else {
      lines.put(node.resolvedKey, node.loc.start.line);
      for (const pair of node.body) placeKey(lines, node.resolvedKey, pair);
    }
  }
  return { value: getStaticTOMLValue(program), lineOf: (path) => lines.of(path) };
}

function placeKey(lines: LineMap, under: readonly (string | number)[], node: AST.TOMLKeyValue): void {
  placeValue(lines, [...under, ...getStaticTOMLValue(node.key)], node.key, node.value);
}

function placeValue(
  lines: LineMap,
  path: readonly (string | number)[],
  from: AST.TOMLNode,
  value: AST.TOMLContentNode,
): void {
  lines.put(path, from.loc.start.line);
  if (value.type === 'TOMLInlineTable') for (const pair of value.body) placeKey(lines, path, pair);
  if (value.type !== 'TOMLArray') return;
  for (const [place, element] of value.elements.entries()) placeValue(lines, [...path, place], element, element);
}
