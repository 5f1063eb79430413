import { Document, isMap, isSeq, parseDocument, visit, type YAMLMap, type YAMLSeq } from 'yaml';
import type { ImportedSource, ImportedTag } from './imported.ts';

/** No text is broken over lines, however long. */
const oneLine = { lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const;

/**
 * The configuration with the sources put in: a tag of a name that is there is replaced where it stands, others follow
 * after the last, a new source after the last source. Every other line stays as it was written, comments and all.
 */
export function mergedConfig(text: string, sources: readonly ImportedSource[]): string {
  return sources.reduce((merged, source) => withSource(merged, source), text);
}

/** The sources alone, as they would stand in a configuration. */
export function sourcesText(sources: readonly ImportedSource[]): string {
  return `sources:\n${sources.map((source) => sourceLines(source, '  ').join('\n')).join('\n')}\n`;
}

function withSource(text: string, source: ImportedSource): string {
  const document = parseDocument(text);
  const sources = document.get('sources');
  if (!isSeq(sources)) return `${text.replace(/\n*$/, '\n')}${sourcesText([source])}`;
  const there = sources.items.find((item): item is YAMLMap => isMap(item) && item.get('name') === source.name);
  if (there === undefined) return withItems(document, text, ['sources'], (indent) => sourceLines(source, indent));
  const place = sources.items.indexOf(there);
  const tags = there.get('tags');
  const path = ['sources', place, 'tags'];
  if (!isSeq(tags)) throw new Error('a source of a checked configuration has no list of tags');
  const names = tags.items.map((item) => (isMap(item) ? item.get('name') : undefined));
  const fresh = source.tags.filter(({ keys }) => !names.includes(keys.name));
  const added = withItems(document, text, path, (indent) => fresh.map((tag) => `${indent}- ${tagText(tag)}`));
  return replaced(added, parseDocument(added).getIn(path) as YAMLSeq, source.tags);
}

/** Later places first, so that the earlier ones stay right. */
function replaced(text: string, tags: YAMLSeq, imported: readonly ImportedTag[]): string {
  const byName = new Map(imported.map((tag) => [tag.keys.name, tag]));
  return tags.items.reduceRight<string>((edited, item) => {
    const tag = isMap(item) ? byName.get(item.get('name')) : undefined;
    if (tag === undefined || !isMap(item) || item.range == null || sameKeys(item, tag)) return edited;
    const [from, to] = item.range;
    const written = edited.slice(from, to);
    return edited.slice(0, from) + tagText(tag) + /\s*$/.exec(written)![0] + edited.slice(to);
  }, text);
}

/** An address may stand there as a number, and in the file as a text: it is the same one. */
function sameKeys(item: YAMLMap, { keys }: ImportedTag): boolean {
  const sorted = (raw: Readonly<Record<string, unknown>>) =>
    JSON.stringify(
      Object.entries(raw)
        .map(([key, value]) => [key, typeof value === 'object' ? value : String(value)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  return sorted(item.toJSON() as Record<string, unknown>) === sorted(keys);
}

/** Puts lines after the last item of a list written line by line; a list in brackets is written anew by the library. */
function withItems(
  document: Document,
  text: string,
  path: readonly (string | number)[],
  linesAt: (indent: string) => string[],
): string {
  const list = document.getIn(path) as YAMLSeq;
  const last = list.items.at(-1) as { range?: [number, number, number] | null } | undefined;
  if (linesAt('').length === 0) return text;
  if (list.flow === true || last?.range == null || list.range == null) {
    const items = parseDocument(linesAt('').join('\n')).contents as unknown as YAMLSeq;
    if (list.items.length === 0) list.flow = false;
    list.items.push(...items.items);
    return document.toString(oneLine);
  }
  const [from] = list.range;
  const indent = ' '.repeat(from - (text.lastIndexOf('\n', from - 1) + 1));
  const end = text.slice(0, last.range[1]).trimEnd().length;
  const lineEnd = text.indexOf('\n', end);
  const at = lineEnd === -1 ? text.length : lineEnd;
  return `${text.slice(0, at)}\n${linesAt(indent).join('\n')}${text.slice(at)}`;
}

function sourceLines({ name, driver, keys, tags }: ImportedSource, indent: string): string[] {
  const head = Object.entries({ name, driver, ...keys }).map(([key, value]) => `${key}: ${flowText(value)}`);
  return [
    ...head.map((line, place) => `${indent}${place === 0 ? '- ' : '  '}${line}`),
    `${indent}  tags:`,
    ...tags.map((tag) => `${indent}    - ${tagText(tag)}`),
  ];
}

function tagText({ keys }: ImportedTag): string {
  return flowText(keys);
}

function flowText(value: unknown): string {
  const document = new Document(value);
  const { contents } = document;
  if (isMap(contents) || isSeq(contents)) contents.flow = true;
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && /[\r\n]/.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ ...oneLine, flowCollectionPadding: true }).trimEnd();
}
