import { Query } from 'mingo';
import { isPlain, keyOf, type StoredDocument } from './document.ts';
import { DocumentIndex, type IndexDefinition } from './document-index.ts';
import { duplicateKey } from './store-error.ts';

export interface Selection {
  readonly sort?: unknown;
  readonly skip?: unknown;
  readonly limit?: unknown;
}

const idIndex: IndexDefinition = { name: '_id_', key: { _id: 1 }, unique: true, sparse: false };

/** Query options for every call of mingo: no JavaScript from a filter is ever run. */
export const queryOptions = { scriptEnabled: false } as const;

/** The documents of one collection in memory, with their indexes. Not durable by itself. */
export class DocumentSet {
  readonly name: string;
  readonly #documents = new Map<string, StoredDocument>();
  readonly #indexes = new Map<string, DocumentIndex>();

  constructor(name: string) {
    this.name = name;
    this.#indexes.set(idIndex.name, new DocumentIndex(idIndex));
  }

  get size(): number {
    return this.#documents.size;
  }

  definitions(): IndexDefinition[] {
    return [...this.#indexes.values()].map((index) => index.definition);
  }

  /** @throws code 11000 when two documents already here have the same values, and nothing is changed */
  addIndex(definition: IndexDefinition): void {
    const index = new DocumentIndex(definition);
    for (const [key, document] of this.#documents) {
      this.#refuseConflict(index, key, document);
      index.add(key, document);
    }
    this.#indexes.set(definition.name, index);
  }

  dropIndex(name: string): boolean {
    return name !== idIndex.name && this.#indexes.delete(name);
  }

  /** Adds or replaces by `_id`. @throws code 11000 before anything is changed */
  put(document: StoredDocument): void {
    const key = keyOf(document._id);
    for (const index of this.#indexes.values()) this.#refuseConflict(index, key, document);
    const previous = this.#documents.get(key);
    for (const index of this.#indexes.values()) {
      if (previous !== undefined) index.remove(key, previous);
      index.add(key, document);
    }
    this.#documents.set(key, document);
  }

  /** @throws code 11000 also when the `_id` is taken */
  insert(document: StoredDocument): void {
    if (this.#documents.has(keyOf(document._id))) {
      throw duplicateKey(this.name, idIndex.name, { _id: 1 }, { _id: document._id });
    }
    this.put(document);
  }

  delete(document: StoredDocument): void {
    const key = keyOf(document._id);
    for (const index of this.#indexes.values()) index.remove(key, document);
    this.#documents.delete(key);
  }

  /** Documents that match, the store's own objects: never handed out without a copy. */
  select(filter: StoredDocument, selection: Selection = {}): StoredDocument[] {
    const cursor = new Query(filter, queryOptions).find<StoredDocument>(this.#candidates(filter));
    const sort = sortOf(selection.sort);
    if (Object.keys(sort).length > 0) cursor.sort(sort);
    if (Number(selection.skip ?? 0) > 0) cursor.skip(Number(selection.skip));
    const limit = Math.abs(Number(selection.limit ?? 0));
    if (limit > 0) cursor.limit(limit);
    return cursor.all();
  }

  #refuseConflict(index: DocumentIndex, key: string, document: StoredDocument): void {
    const keyValue = index.conflict(key, document);
    if (keyValue !== undefined) {
      throw duplicateKey(this.name, index.definition.name, { ...index.definition.key }, keyValue);
    }
  }

  /** Every document that can match, fewer than all where an index or a list of ids tells. */
  #candidates(filter: StoredDocument): Iterable<StoredDocument> {
    const ids = isPlain(filter._id) ? filter._id.$in : undefined;
    if (Array.isArray(ids) && !ids.some((id) => id instanceof RegExp)) return this.#byKeys(new Set(ids.map(keyOf)));
    const fixed = fixedValues(filter);
    let best: ReadonlySet<string> | undefined;
    for (const index of this.#indexes.values()) {
      const found = index.lookup(fixed);
      if (found !== undefined && (best === undefined || found.size < best.size)) best = found;
    }
    return best === undefined ? this.#documents.values() : this.#byKeys(best);
  }

  #byKeys(keys: ReadonlySet<string>): StoredDocument[] {
    return [...keys].flatMap((key) => {
      const document = this.#documents.get(key);
      return document === undefined ? [] : [document];
    });
  }
}

/** Fields the filter fixes to one scalar value. */
export function fixedValues(filter: StoredDocument): Map<string, unknown> {
  const fixed = new Map<string, unknown>();
  for (const [field, condition] of Object.entries(filter)) {
    if (field.startsWith('$')) continue;
    const value = isPlain(condition) && '$eq' in condition ? condition.$eq : condition;
    if (!isPlain(value) && !Array.isArray(value) && !(value instanceof RegExp)) fixed.set(field, value);
  }
  return fixed;
}

/** Callers may give an object, a Map or pairs, with numbers or words. */
function sortOf(sort: unknown): Record<string, 1 | -1> {
  if (typeof sort !== 'object' || sort === null) return {};
  const pairs =
    sort instanceof Map || Array.isArray(sort) ? [...(sort as Iterable<[string, unknown]>)] : Object.entries(sort);
  return Object.fromEntries(pairs.map(([field, direction]) => [field, /^(-1|desc)/i.test(String(direction)) ? -1 : 1]));
}
