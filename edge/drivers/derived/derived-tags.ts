import type { Expression } from 'acorn';
import { Compiler, givesOf, type Part } from './compile.ts';
import type { DerivedTag } from './config.ts';
import type { Input } from './input.ts';
import { type Fault, parseExpression, type Reference } from './syntax.ts';

type Tag = Omit<DerivedTag, 'number'>;

/** A tag of another source, looked up by its name: its input, or what is wrong with the name. */
export type Lookup = (source: string, tag: string) => Input | string;

export interface CompiledTag<T extends Tag = DerivedTag> {
  readonly tag: T;
  readonly part: Part;
  /** What it reads itself. */
  readonly inputs: ReadonlySet<Input>;
}

export interface TagFault extends Fault {
  /** Place of the tag in the source. */
  readonly place: number;
}

interface Found<T extends Tag> {
  readonly compiled: CompiledTag<T>;
  readonly place: number;
  /** Places of tags of the same source it reads, and where it does. */
  readonly own: ReadonlyMap<number, number>;
}

/**
 * Compiles the tags of one source, each after those it reads. `ownInput` makes the input that stands for a tag of the same source.
 */
export function compileTags<T extends Tag>(options: {
  readonly source: string;
  readonly tags: readonly T[];
  readonly lookup: Lookup;
  readonly ownInput: (tag: T) => Input;
}): { readonly compiled: readonly CompiledTag<T>[]; readonly faults: readonly TagFault[] } {
  const { source, tags, lookup, ownInput } = options;
  const faults: TagFault[] = [];
  const places = new Map(tags.map(({ name }, place) => [name, place]));
  const ownInputs = new Map<number, Input>();
  const found = tags.flatMap((tag, place): Found<T>[] => {
    const expression = parseExpression(tag.expression);
    if ('what' in expression) {
      faults.push({ ...expression, place });
      return [];
    }
    const inputs = new Set<Input>();
    const own = new Map<number, number>();
    const inputOf = (reference: Reference, at: number): Input | string => {
      const same = reference.source === undefined || reference.source === source;
      const index = same ? places.get(reference.tag) : undefined;
      if (same && index === undefined) return `this source has no tag ${reference.tag}; of another it is source.tag`;
      if (index !== undefined) own.set(index, own.get(index) ?? at);
      const known = index === undefined ? undefined : (ownInputs.get(index) ?? ownInput(tags[index]!));
      if (index !== undefined) ownInputs.set(index, known!);
      const input = known ?? lookup(reference.source!, reference.tag);
      if (typeof input !== 'string') inputs.add(input);
      return input;
    };
    const compiler = new Compiler(inputOf);
    const part = compileWhole(compiler, expression, tag);
    if (inputs.size === 0 && compiler.faults.length === 0)
      compiler.faults.push({ at: expression.start, what: 'it reads no tag, so it would have no time' });
    faults.push(...compiler.faults.map((fault) => ({ ...fault, place })));
    return [{ compiled: { tag, part, inputs }, place, own }];
  });
  const ordered = inOrder(found, tags, faults);
  return { compiled: ordered.map(({ compiled }) => compiled), faults };
}

function compileWhole(compiler: Compiler, expression: Expression, { kind, type }: Tag): Part {
  const part = compiler.compile(expression);
  const wanted = givesOf(kind);
  if (part.gives !== wanted && part.gives !== 'unknown')
    compiler.faults.push({ at: expression.start, what: `the tag is ${type}, and this gives a ${part.gives}` });
  return part;
}

/** Each after those it reads; one that reads itself by way of others is a fault, told once for each circle. */
function inOrder<T extends Tag>(found: readonly Found<T>[], tags: readonly T[], faults: TagFault[]): Found<T>[] {
  const byPlace = new Map(found.map((each) => [each.place, each]));
  const ordered: Found<T>[] = [];
  const done = new Set<number>();
  const visit = (each: Found<T>, way: readonly number[]): void => {
    if (done.has(each.place)) return;
    const through = [...way, each.place];
    for (const [place, at] of each.own) {
      const from = through.indexOf(place);
      const next = byPlace.get(place);
      if (from >= 0) {
        const circle = [...through.slice(from), place].map((step) => tags[step]!.name);
        faults.push({ place: each.place, at, what: `a value cannot come of itself: ${circle.join(' ← ')}` });
      } else if (next !== undefined) visit(next, through);
    }
    done.add(each.place);
    ordered.push(each);
  };
  for (const each of found) visit(each, []);
  return ordered;
}
