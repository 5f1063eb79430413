import { Query } from 'mingo';
import mongoose from 'mongoose';
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
  /** By the key of `_id`: what other indexes know is that key. */
  readonly #documents = new Map<string, StoredDocument>();
  readonly #indexes = new Map<string, DocumentIndex>();
  #newest: StoredDocument = {};

  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.#documents.size;
  }

  definitions(): IndexDefinition[] {
    return [idIndex, ...[...this.#indexes.values()].map((index) => index.definition)];
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
    return this.#indexes.delete(name);
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
    this.#documents.set(key, this.#sharing(document));
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
    const { candidates, rest } = this.#narrow(filter);
    const cursor = new Query(rest, queryOptions).find<StoredDocument>(candidates);
    const sort = sortOf(selection.sort);
    if (Object.keys(sort).length > 0) cursor.sort(sort);
    if (Number(selection.skip ?? 0) > 0) cursor.skip(Number(selection.skip));
    const limit = Math.abs(Number(selection.limit ?? 0));
    if (limit > 0) cursor.limit(limit);
    return cursor.all();
  }

  /**
   * Texts that are those of the newest document are kept once: whose a tag is, its gateway, source and type are the same
   * for thousands in a row, and each would have a copy of its own.
   */
  #sharing(document: StoredDocument): StoredDocument {
    for (const [field, value] of Object.entries(this.#newest)) {
      if (typeof value === 'string' && document[field] === value) document[field] = value;
    }
    this.#newest = document;
    return document;
  }

  #refuseConflict(index: DocumentIndex, key: string, document: StoredDocument): void {
    const keyValue = index.conflict(key, document);
    if (keyValue !== undefined) {
      throw duplicateKey(this.name, index.definition.name, { ...index.definition.key }, keyValue);
    }
  }

  /** Documents that can match, fewer than all where an index tells, and what is still to be asked of them. */
  #narrow(filter: StoredDocument): { candidates: Iterable<StoredDocument>; rest: StoredDocument } {
    const indexes = [...this.#indexes.values()];
    const fixed = fixedValues(filter);
    let best = smallest([this.#lookupId(fixed), ...indexes.map((index) => index.lookup(fixed))]);
    let rest = filter;
    for (const [field, values] of listedValues(filter)) {
      const found = smallest([
        field === '_id' ? new Set(values.map(keyOf)) : undefined,
        ...indexes.map((index) => index.lookupAny(field, values)),
      ]);
      if (found === undefined || (best !== undefined && best.size < found.size)) continue;
      // The index has answered this part exactly; asking each document again would take list times documents.
      const { [field]: _, ...others } = filter;
      best = found;
      rest = others;
    }
    return { candidates: best === undefined ? this.#documents.values() : this.#byKeys(best), rest };
  }

  #lookupId(fixed: ReadonlyMap<string, unknown>): ReadonlySet<string> | undefined {
    return fixed.has('_id') ? new Set([keyOf(fixed.get('_id'))]) : undefined;
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

/** Fields the filter gives as `{$in: [...]}` and nothing else, of values an index can tell exactly. */
function listedValues(filter: StoredDocument): Map<string, readonly unknown[]> {
  const listed = new Map<string, readonly unknown[]>();
  for (const [field, condition] of Object.entries(filter)) {
    if (!isPlain(condition) || Object.keys(condition).length !== 1) continue;
    const values = condition.$in;
    if (Array.isArray(values) && values.every(isScalar)) listed.set(field, values);
  }
  return listed;
}

/** Equal as a key exactly when equal to a query; null is not, it asks for missing fields too. */
function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || value instanceof mongoose.mongo.ObjectId;
}

function smallest(sets: readonly (ReadonlySet<string> | undefined)[]): ReadonlySet<string> | undefined {
  return sets.reduce((best, set) => (set !== undefined && (best === undefined || set.size < best.size) ? set : best));
}

/** Callers may give an object, a Map or pairs, with numbers or words. */
function sortOf(sort: unknown): Record<string, 1 | -1> {
  if (typeof sort !== 'object' || sort === null) return {};
  const pairs =
    sort instanceof Map || Array.isArray(sort) ? [...(sort as Iterable<[string, unknown]>)] : Object.entries(sort);
  return Object.fromEntries(pairs.map(([field, direction]) => [field, /^(-1|desc)/i.test(String(direction)) ? -1 : 1]));
}
