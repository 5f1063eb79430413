import { Query } from 'mingo';
import { bulkWrite } from './bulk-write.ts';
import { StoreCursor } from './cursor.ts';
import { canonical, isPlain, keyOf, type StoredDocument, toBytes, valuesAt } from './document.ts';
import { defineIndex, type IndexDefinition } from './document-index.ts';
import { type DocumentSet, queryOptions, type Selection } from './document-set.ts';
import { badWrite, bulkFailure, refused, WriteError } from './store-error.ts';
import type { Change } from './store-file.ts';
import type { Update } from './update.ts';
import { CollectionWrites, type WriteResult } from './writes.ts';

type Options = StoredDocument;

/** What a collection needs of the database it belongs to. */
export interface CollectionStore {
  assertUsable(): void;
  commit(changes: readonly Change[]): Promise<void>;
  durable(): Promise<void>;
  keepIndex(collection: string, name: string, definition: IndexDefinition | null): Promise<void>;
  aggregate(documents: DocumentSet, pipeline: StoredDocument[]): StoredDocument[];
}

/**
 * The calls mongoose makes on a driver's collection, over documents in memory. Each call changes memory in one step of
 * the event loop, so no other call can come between, and resolves when the change is on the disk.
 */
export class EmbeddedCollection {
  readonly #database: CollectionStore;
  readonly #documents: DocumentSet;

  constructor(options: { database: CollectionStore; documents: DocumentSet }) {
    this.#database = options.database;
    this.#documents = options.documents;
  }

  get collectionName(): string {
    return this.#documents.name;
  }

  find(filter: StoredDocument = {}, options: Options = {}): StoreCursor {
    refuseSession(options);
    return new StoreCursor(() => this.#read(() => this.#select(filter, options)));
  }

  async findOne(filter: StoredDocument = {}, options: Options = {}): Promise<StoredDocument | null> {
    const [first] = await this.find(filter, { ...options, limit: 1 }).toArray();
    return first ?? null;
  }

  async countDocuments(filter: StoredDocument = {}, options: Options = {}): Promise<number> {
    refuseSession(options);
    return this.#read(() => this.#documents.select(canonical(filter), options).length);
  }

  async estimatedDocumentCount(): Promise<number> {
    return this.#read(() => this.#documents.size);
  }

  async distinct(field: string, filter: StoredDocument = {}, options: Options = {}): Promise<unknown[]> {
    refuseSession(options);
    return this.#read(() => {
      const found = this.#documents
        .select(canonical(filter))
        .flatMap((document) => valuesAt(document, field.split('.')));
      const present = found.filter((value) => value !== undefined);
      return canonical([...new Map(present.map((value) => [keyOf(value), value])).values()]);
    });
  }

  aggregate(pipeline: StoredDocument[], options: Options = {}): StoreCursor {
    refuseSession(options);
    return new StoreCursor(() => this.#read(() => this.#database.aggregate(this.#documents, canonical(pipeline))));
  }

  insertOne(document: StoredDocument, options: Options = {}) {
    return this.#write(options, (writes) => ({ acknowledged: true, insertedId: writes.insert(document) }));
  }

  async insertMany(documents: readonly StoredDocument[], options: Options = {}) {
    const operations = documents.map((document) => ({ insertOne: { document } }));
    const { insertedIds, insertedCount } = await this.bulkWrite(operations, options);
    return { acknowledged: true, insertedCount, insertedIds };
  }

  updateOne(filter: StoredDocument, update: Update, options: Options = {}): Promise<WriteResult> {
    return this.#write(options, (writes) => writes.update(filter, update, { ...options, many: false }).result);
  }

  updateMany(filter: StoredDocument, update: Update, options: Options = {}): Promise<WriteResult> {
    return this.#write(options, (writes) => writes.update(filter, update, { ...options, many: true }).result);
  }

  replaceOne(filter: StoredDocument, replacement: StoredDocument, options: Options = {}): Promise<WriteResult> {
    return this.#write(options, (writes) => writes.replace(filter, replacement, options).result);
  }

  deleteOne(filter: StoredDocument, options: Options = {}) {
    return this.#write(options, (writes) => ({
      acknowledged: true,
      deletedCount: writes.delete(filter, { limit: 1 }).length,
    }));
  }

  deleteMany(filter: StoredDocument, options: Options = {}) {
    return this.#write(options, (writes) => ({ acknowledged: true, deletedCount: writes.delete(filter, {}).length }));
  }

  async findOneAndUpdate(filter: StoredDocument, update: Update, options: Options = {}) {
    const change = await this.#write(options, (writes) => writes.update(filter, update, { ...options, many: false }));
    return this.#changed(change, filter, options);
  }

  async findOneAndReplace(filter: StoredDocument, replacement: StoredDocument, options: Options = {}) {
    const change = await this.#write(options, (writes) => writes.replace(filter, replacement, options));
    return this.#changed(change, filter, options);
  }

  async findOneAndDelete(filter: StoredDocument, options: Options = {}) {
    const removed = await this.#write(options, (writes) => writes.delete(filter, { sort: options.sort, limit: 1 }));
    const value = shown(removed, canonical(filter), options)[0] ?? null;
    return options.includeResultMetadata === true ? { value, lastErrorObject: { n: removed.length }, ok: 1 } : value;
  }

  /** One transaction on the disk. As with a server, operations before a failed one stay. */
  async bulkWrite(operations: readonly StoredDocument[], options: Options = {}) {
    const ordered = options.ordered !== false;
    const { result, failures } = await this.#write(options, (writes) => bulkWrite(writes, operations, ordered));
    if (failures.length === 0) return result;
    const errors = failures.map(({ index, error }) => new WriteError(index, error, operations[index]));
    throw bulkFailure(failures[0]?.error, errors, result);
  }

  async createIndex(key: StoredDocument, options: Options = {}): Promise<string> {
    const definition = defineIndex(key, options);
    const present = this.#documents.definitions().find(({ name }) => name === definition.name);
    if (present !== undefined) {
      if (Buffer.compare(toBytes({ ...present }), toBytes({ ...definition })) === 0) return definition.name;
      throw badWrite(86, `An index named ${definition.name} with other options exists in ${this.collectionName}.`);
    }
    this.#documents.addIndex(definition);
    await this.#database.keepIndex(this.collectionName, definition.name, definition);
    return definition.name;
  }

  async createIndexes(specs: readonly { key: StoredDocument }[]): Promise<string[]> {
    const names: string[] = [];
    for (const { key, ...options } of specs) names.push(await this.createIndex(key, options));
    return names;
  }

  listIndexes(): StoreCursor {
    return new StoreCursor(() =>
      this.#read(() =>
        this.#documents.definitions().map(({ name, key, unique, sparse }) => ({
          v: 2,
          key: { ...key },
          name,
          ...(unique && name !== '_id_' ? { unique } : {}),
          ...(sparse ? { sparse } : {}),
        })),
      ),
    );
  }

  async dropIndex(name: string): Promise<void> {
    if (!this.#documents.dropIndex(name)) throw badWrite(27, `index not found with name [${name}]`);
    await this.#database.keepIndex(this.collectionName, name, null);
  }

  watch(): never {
    throw refused('A change stream');
  }

  #select(filter: StoredDocument, options: Options): StoredDocument[] {
    const plain = canonical(filter);
    const selection: Selection = { sort: options.sort, skip: options.skip, limit: options.limit };
    return shown(this.#documents.select(plain, selection), plain, options);
  }

  #changed(
    change: { result: WriteResult; before: StoredDocument | null; after: StoredDocument | null },
    filter: StoredDocument,
    options: Options,
  ) {
    const wantsAfter = options.returnDocument === 'after' || options.returnOriginal === false;
    const document = wantsAfter ? change.after : change.before;
    const value = shown(document === null ? [] : [document], canonical(filter), options)[0] ?? null;
    if (options.includeResultMetadata !== true) return value;
    const { matchedCount, upsertedCount, upsertedId } = change.result;
    const upserted = upsertedCount === 0 ? {} : { upserted: upsertedId };
    const lastErrorObject = { n: matchedCount + upsertedCount, updatedExisting: matchedCount > 0, ...upserted };
    return { value, lastErrorObject, ok: 1 };
  }

  /** What a read returns is on the disk, even if it was written a moment ago by another call. */
  async #read<T>(work: () => T): Promise<T> {
    this.#database.assertUsable();
    const found = work();
    await this.#database.durable();
    return found;
  }

  async #write<T>(options: Options, work: (writes: CollectionWrites) => T): Promise<T> {
    refuseSession(options);
    this.#database.assertUsable();
    const writes = new CollectionWrites(this.#documents);
    try {
      return work(writes);
    } finally {
      await this.#database.commit(writes.changes());
    }
  }
}

/** Copies with the fields asked for, so that no caller holds the store's own objects. */
function shown(documents: StoredDocument[], filter: StoredDocument, options: Options): StoredDocument[] {
  const { projection } = options;
  if (!isPlain(projection) || Object.keys(projection).length === 0) return documents.map(canonical);
  const fields = fieldsOf(projection);
  if (fields !== undefined) return documents.map((document) => canonical(only(document, fields)));
  // `items.$` shows the element that the filter matched.
  const condition = Object.keys(projection).some((path) => path.endsWith('.$')) ? filter : {};
  return new Query(condition, queryOptions).find<StoredDocument>(documents, canonical(projection)).all().map(canonical);
}

/** The fields of a projection that only names whole fields to show: nearly every one, and mingo takes forty times as long. */
function fieldsOf(projection: StoredDocument): ReadonlySet<string> | undefined {
  const { _id: id = 1, ...named } = projection;
  const isPlainList = Object.entries(named).every(([path, shows]) => shows === 1 && !/[.$]/.test(path));
  if (!isPlainList || Object.keys(named).length === 0 || (id !== 1 && id !== 0)) return undefined;
  return new Set(id === 1 ? ['_id', ...Object.keys(named)] : Object.keys(named));
}

function only(document: StoredDocument, fields: ReadonlySet<string>): StoredDocument {
  return Object.fromEntries(Object.entries(document).filter(([field]) => fields.has(field)));
}

function refuseSession(options: Options): void {
  if (options.session !== undefined && options.session !== null) throw refused('A session or transaction');
}
