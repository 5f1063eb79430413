import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml';
import type { z } from 'zod';
import { Problem, type ProblemPlace } from '../base/problem.ts';
import { issueWords } from './issue-words.ts';
import { keysOf, schemaAt, unknownKey } from './known-key.ts';
import { type Environment, longWithZero, resolvePlain, substitute } from './substitution.ts';

type Issue = z.core.$ZodIssue;

/** A fault and the place in the text it belongs to. */
interface Fault {
  readonly offset: number;
  readonly what: string;
}

/**
 * One YAML text → one frozen object, judged by a zod schema after `${NAME}` substitution (see substitution.ts).
 * @throws Problem `config-invalid` with ALL that is wrong, each place as `file:line:column`.
 */
export function loadConfig<S extends z.ZodType>(options: {
  /** Name of the file as the user wrote it, for messages only. */
  file: string;
  text: string;
  schema: S;
  env: Environment;
}): z.output<S> {
  const { file, text, schema, env } = options;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults: Fault[] = document.errors.map((error) => ({ offset: error.pos[0], what: yamlWords(error, text) }));
  const unreadable = aliasFaults(document);
  faults.push(...unreadable, ...zeroFaults(document));
  if (unreadable.length === 0 && isReadable(document)) {
    const { replaced, missing } = substitute(document, env);
    for (const { node, name } of missing) {
      faults.push({
        offset: offsetOf(node),
        what: `environment variable ${name} is not set, and no default is given as \${${name}:-…}`,
      });
    }
    const result = judge(document, schema, replaced);
    if (result.success && faults.length === 0) return deepFreeze(result.data);
    const silenced = new Set(missing.map(({ node }) => offsetOf(node)));
    for (const issue of result.error?.issues ?? []) {
      faults.push(...faultsOf(issue, document, schema, replaced).filter(({ offset }) => !silenced.has(offset)));
    }
  }
  throw invalid(file, faults, lines);
}

/** Modbus addresses of coils begin with a zero that YAML does not keep: 010001 would become 10001, which is another one. */
function zeroFaults(document: Document): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Scalar(key, node) {
      const { source = '', value } = node;
      if (key === 'key' || typeof value !== 'number' || !longWithZero.test(source)) return;
      faults.push({
        offset: offsetOf(node),
        what: `${source} would be read as ${value}: write the address of a coil in quotes, as "${source}", and a number without the zero`,
      });
    },
  });
  return faults;
}

/** A duplicate key leaves the tree readable: its siblings are judged too. Any other fault does not. */
function isReadable({ errors }: Document): boolean {
  return errors.every(({ code }) => code === 'DUPLICATE_KEY');
}

/** An alias nothing stands behind, or several that together are far more than the text they stand in: the tree cannot be read. */
function aliasFaults(document: Document): Fault[] {
  try {
    if (isReadable(document)) document.toJS();
    return [];
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const lost = /^Unresolved alias .*: (.*)$/.exec(error.message)?.[1];
    let offset = 0;
    visit(document, {
      Alias: (_, alias) => {
        offset = offsetOf(alias);
        return lost === undefined || alias.source === lost ? visit.BREAK : undefined;
      },
    });
    const what =
      lost === undefined
        ? 'the aliases from here on stand for far more than the text is long: write it out'
        : `no anchor &${printable(lost)} stands before this alias`;
    return [{ offset, what }];
  }
}

/** A quoted `"${PORT}"` stays a text unless the schema wants a number or boolean there: in `{…}` quotes cannot be avoided. */
function judge<S extends z.ZodType>(
  document: Document,
  schema: S,
  replaced: ReadonlySet<Scalar>,
): z.ZodSafeParseResult<z.output<S>> {
  const first = schema.safeParse(document.toJS() ?? {});
  if (first.success || replaced.size === 0) return first;
  let resolved = false;
  for (const issue of first.error.issues) {
    const node = document.getIn(issue.path, true);
    if (issue.code !== 'invalid_type' || !isScalar(node) || !replaced.has(node) || typeof node.value !== 'string')
      continue;
    resolvePlain(document, node);
    resolved = true;
  }
  return resolved ? schema.safeParse(document.toJS()) : first;
}

function invalid(file: string, faults: readonly Fault[], lines: LineCounter): Problem {
  const places: ProblemPlace[] = faults
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, what }) => {
      const { line, col } = lines.linePos(offset);
      return { where: `${file}:${Math.max(1, line)}:${Math.max(1, col)}`, what };
    });
  return new Problem({
    code: 'config-invalid',
    detail: `${file} has ${places.length === 1 ? 'one fault' : `${places.length} faults`}`,
    advice: 'Correct the places named and start again; nothing was opened or changed.',
    reaction: 'stop',
    status: 422,
    places,
  });
}

function yamlWords(error: { code: string; message: string; pos: [number, number] }, text: string): string {
  if (error.code === 'DUPLICATE_KEY')
    return `the key "${/^[^\s:]+/.exec(text.slice(error.pos[0]))?.[0] ?? ''}" stands here a second time`;
  const brace = text.slice(Math.max(0, error.pos[0] - 40), error.pos[1]).includes('${');
  // A file that is no text at all must not pour itself over the terminal.
  const reason = error.message.length > 160 ? `${error.message.slice(0, 160)}…` : error.message;
  return `not readable as YAML: ${printable(reason)}${brace ? '; inside braces a value with a variable needs quotes' : ''}`;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}|\uFFFD/gu, '·');
}

function faultsOf(issue: Issue, document: Document, schema: z.ZodType, replaced: ReadonlySet<unknown>): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(schemaAt(schema, issue.path));
    return issue.keys.map((key) => ({
      offset: keyOffset(document, [...issue.path, key]),
      what: at(issue.path, unknownKey(key, known)),
    }));
  }
  if (issue.code === 'custom' && issue.params?.place === 'key') {
    return [{ offset: keyOffset(document, issue.path), what: at(issue.path.slice(0, -1), issue.message) }];
  }
  const node = document.getIn(issue.path, true);
  const found = isNode(node) ? node.toJS(document) : undefined;
  return [
    {
      offset: valueOffset(document, issue.path),
      what: at(issue.path, issueWords(issue, found, replaced.has(node))),
    },
  ];
}

function at(path: readonly PropertyKey[], what: string): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text === '' ? what : `${text.replace(/^\./, '')}: ${what}`;
}

function valueOffset(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return length === path.length ? offsetOf(node) : keyOffset(document, path.slice(0, length));
  }
  return 0;
}

/** Place of the key itself; of the value where the last step is a place in a list. */
function keyOffset(document: Document, path: readonly PropertyKey[]): number {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = path.at(-1);
  const pair = isMap(parent)
    ? parent.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key))
    : undefined;
  return pair !== undefined && isNode(pair.key) ? offsetOf(pair.key) : valueOffset(document, path);
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
