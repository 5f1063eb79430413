import { type CallExpression, type Expression, type Program, parse } from 'acorn';

/** What is wrong with an expression, and where: an offset in its text. */
export interface Fault {
  readonly at: number;
  readonly what: string;
}

/** A tag as an expression names it; without a source it is one of the same source. */
export interface Reference {
  readonly source: string | undefined;
  readonly tag: string;
}

/** Whatever is no single expression is a fault. What kinds of expression are allowed is not judged here. */
export function parseExpression(text: string): Expression | Fault {
  const program = programOf(text);
  if ('what' in program) return program;
  const [statement, second] = program.body;
  if (statement === undefined) return { at: 0, what: 'there is nothing in it' };
  if (statement.type !== 'ExpressionStatement') return { at: statement.start, what: 'this is no expression' };
  if (second !== undefined) return { at: second.start, what: 'there must be one expression only' };
  return statement.expression;
}

function programOf(text: string): Program | Fault {
  try {
    return parse(text, { ecmaVersion: 2022, sourceType: 'script' });
  } catch (error) {
    const { pos, message } = error as SyntaxError & { pos?: number };
    const what = message.replace(/ \(\d+:\d+\)$/, '');
    return { at: pos ?? 0, what: what[0]!.toLowerCase() + what.slice(1) };
  }
}

/** `power`, `line.power`, `line.Axes[2].Load`, `line["power 1"]`, `tag("power")` or `tag("line 1", "power 1")`. */
export function referenceOf(node: Expression): Reference | undefined {
  if (node.type === 'Identifier') return { source: undefined, tag: node.name };
  if (node.type === 'CallExpression') return calledReference(node);
  const path: string[] = [];
  let at: unknown = node;
  for (;;) {
    const part = at as Expression;
    if (part.type === 'Identifier') break;
    if (part.type !== 'MemberExpression' || part.optional) return undefined;
    const { property, computed } = part;
    if (!computed && property.type === 'Identifier') path.unshift(`.${property.name}`);
    else if (computed && property.type === 'Literal' && typeof property.value === 'number')
      path.unshift(`[${property.value}]`);
    else if (computed && property.type === 'Literal' && typeof property.value === 'string')
      path.unshift(`.${property.value}`);
    else return undefined;
    at = part.object;
  }
  const [first] = path;
  // `Temps[2]` is the third value of an array, which has the name `Temps[2]`.
  const { name } = at as { name: string };
  return first?.startsWith('[')
    ? { source: undefined, tag: name + path.join('') }
    : { source: name, tag: path.join('').slice(1) };
}

function calledReference({ callee, arguments: given }: CallExpression): Reference | undefined {
  if (callee.type !== 'Identifier' || callee.name !== 'tag') return undefined;
  const names = given.map((each) =>
    each.type === 'Literal' && typeof each.value === 'string' ? each.value : undefined,
  );
  const [one, two] = names;
  if (names.length > 2 || names.includes(undefined) || one === undefined) return undefined;
  return two === undefined ? { source: undefined, tag: one } : { source: one, tag: two };
}
