import { keyOf, type StoredDocument, valuesAt } from './document.ts';
import { refused } from './store-error.ts';

export interface IndexDefinition {
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly unique: boolean;
  /** A document that has none of the fields is left out. */
  readonly sparse: boolean;
}

const refusedOptions = ['partialFilterExpression', 'expireAfterSeconds', 'wildcardProjection', 'collation', 'weights'];

/** Checks what a caller asks for; an option that changes meaning is refused rather than ignored. */
export function defineIndex(key: StoredDocument, options: StoredDocument = {}): IndexDefinition {
  const wrong = refusedOptions.find((option) => options[option] !== undefined);
  if (wrong !== undefined) throw refused(`Index option "${wrong}"`);
  const fields: Record<string, 1 | -1> = {};
  for (const [field, direction] of Object.entries(key)) {
    if (direction !== 1 && direction !== -1) throw refused(`Index type "${String(direction)}" on "${field}"`);
    fields[field] = direction;
  }
  const name = typeof options.name === 'string' ? options.name : Object.entries(fields).flat().join('_');
  return { name, key: fields, unique: options.unique === true, sparse: options.sparse === true };
}

/** Most entries, all of a unique index, have one document: a set for each would be most of the memory of an index. */
type Holders = string | Set<string>;

/** What a document is found by: a number or text as `keyOf` has it, of several fields one text. */
type EntryKey = string | number;

const nobody: ReadonlySet<string> = new Set();

/** From values of some fields to the documents that have them. An array adds one entry for each of its items. */
export class DocumentIndex {
  readonly definition: IndexDefinition;
  readonly #fields: readonly string[];
  readonly #paths: readonly string[][];
  readonly #entries = new Map<EntryKey, Holders>();

  constructor(definition: IndexDefinition) {
    this.definition = definition;
    this.#fields = Object.keys(definition.key);
    this.#paths = this.#fields.map((field) => field.split('.'));
  }

  add(documentKey: string, document: StoredDocument): void {
    for (const key of this.#keysOf(document)) {
      const entry = this.#entries.get(key);
      if (entry === undefined) this.#entries.set(key, documentKey);
      else if (typeof entry !== 'string') entry.add(documentKey);
      else if (entry !== documentKey) this.#entries.set(key, new Set([entry, documentKey]));
    }
  }

  remove(documentKey: string, document: StoredDocument): void {
    for (const key of this.#keysOf(document)) {
      const entry = this.#entries.get(key);
      if (entry === documentKey) this.#entries.delete(key);
      else if (entry instanceof Set && entry.delete(documentKey) && entry.size === 0) this.#entries.delete(key);
    }
  }

  /** The values another document already has, when this index is unique. */
  conflict(documentKey: string, document: StoredDocument): StoredDocument | undefined {
    if (!this.definition.unique) return undefined;
    for (const key of this.#keysOf(document)) {
      for (const holder of this.#holders(key)) {
        if (holder !== documentKey) return this.#keyValue(document);
      }
    }
    return undefined;
  }

  /** Keys of documents that may match; undefined when the filter does not fix every field, or this index cannot know. */
  lookup(fixed: ReadonlyMap<string, unknown>): ReadonlySet<string> | undefined {
    if (!this.#fields.every((field) => fixed.has(field))) return undefined;
    const values = this.#fields.map((field) => fixed.get(field));
    // Documents without the fields are not in a sparse index, and null asks for them too.
    if (this.definition.sparse && values.every((value) => keyOf(value) === keyOf(null))) return undefined;
    return this.#holders(entryKeyOf(values));
  }

  /** Keys of exactly the documents with one of the values, for an index of this one field. */
  lookupAny(field: string, values: readonly unknown[]): ReadonlySet<string> | undefined {
    if (this.#fields.length !== 1 || this.#fields[0] !== field) return undefined;
    const found = new Set<string>();
    for (const value of values) for (const key of this.#holders(entryKeyOf([value]))) found.add(key);
    return found;
  }

  #holders(key: EntryKey): ReadonlySet<string> {
    const entry = this.#entries.get(key);
    return typeof entry === 'string' ? new Set([entry]) : (entry ?? nobody);
  }

  #keysOf(document: StoredDocument): Iterable<EntryKey> {
    const columns = this.#paths.map((path) => valuesAt(document, path));
    if (this.definition.sparse && columns.flat().every((value) => value === undefined)) return [];
    let rows: unknown[][] = [[]];
    for (const column of columns) rows = rows.flatMap((row) => column.map((value) => [...row, value]));
    return rows.length === 1 ? rows.map(entryKeyOf) : new Set(rows.map(entryKeyOf));
  }

  #keyValue(document: StoredDocument): StoredDocument {
    const values = this.#paths.map((path) => valuesAt(document, path)[0] ?? null);
    return Object.fromEntries(this.#fields.map((field, index) => [field, values[index]]));
  }
}

/** Joined and not concatenated: it is kept, and a concatenated text keeps its pieces. */
function entryKeyOf(values: readonly unknown[]): EntryKey {
  const [only] = values;
  if (values.length === 1) return typeof only === 'number' ? only : keyOf(only);
  return values
    .map(keyOf)
    .flatMap((part) => [part.length, ':', part])
    .join('');
}
