import { Problem } from '@gongfu/shared/base/problem';
import { Aggregator, ProcessingMode } from 'mingo';
import { EmbeddedCollection } from './collection.ts';
import { StoreCursor } from './cursor.ts';
import { canonical, fromBytes, type StoredDocument, toBytes } from './document.ts';
import type { IndexDefinition } from './document-index.ts';
import { DocumentSet, queryOptions } from './document-set.ts';
import { refused } from './store-error.ts';
import { type Change, StoreFile } from './store-file.ts';

/** Where index definitions are kept; no collection can have a name with a dollar. */
const indexesKey = '$indexes';

/** All collections of one folder: loaded into memory at open, written through to the file. */
export class EmbeddedDatabase {
  readonly databaseName = 'embedded';
  readonly #folder: string;
  readonly #file: StoreFile;
  readonly #sets = new Map<string, DocumentSet>();
  readonly #collections = new Map<string, EmbeddedCollection>();

  constructor(options: { folder: string }) {
    this.#folder = options.folder;
    this.#file = new StoreFile(options);
  }

  open(): void {
    this.#file.open();
    const indexes: StoredDocument[] = [];
    for (const { collection, key, bytes } of this.#file.entries()) {
      const document = this.#read(collection, key, bytes);
      if (collection === indexesKey) indexes.push(document);
      else this.#set(collection).put(document);
    }
    for (const { collection, definition } of indexes as unknown as {
      collection: string;
      definition: IndexDefinition;
    }[]) {
      this.#set(collection).addIndex(definition);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
    this.#sets.clear();
    this.#collections.clear();
  }

  get usable(): boolean {
    return this.#file.usable;
  }

  assertUsable(): void {
    this.#file.assertUsable();
  }

  commit(changes: readonly Change[]): Promise<void> {
    return this.#file.commit(changes);
  }

  durable(): Promise<void> {
    return this.#file.durable();
  }

  copyTo(folder: string): Promise<void> {
    return this.#file.copyTo(folder);
  }

  collection(name: string): EmbeddedCollection {
    const present = this.#collections.get(name);
    if (present !== undefined) return present;
    if (name === '' || name.includes('$')) throw refused(`The collection name "${name}"`);
    const collection = new EmbeddedCollection({ database: this, documents: this.#set(name) });
    this.#collections.set(name, collection);
    return collection;
  }

  async createCollection(name: string): Promise<EmbeddedCollection> {
    return this.collection(name);
  }

  listCollections(): StoreCursor {
    return new StoreCursor(async () => [...this.#sets.keys()].map((name) => ({ name, type: 'collection' })));
  }

  /** Writes or, with null, forgets an index definition. */
  keepIndex(collection: string, name: string, definition: IndexDefinition | null): Promise<void> {
    const bytes = definition === null ? null : toBytes({ collection, definition });
    return this.commit([this.#change(indexesKey, `${collection}/${name}`, bytes)]);
  }

  aggregate(documents: DocumentSet, pipeline: StoredDocument[]): StoredDocument[] {
    const writing = pipeline.find((stage) => '$out' in stage || '$merge' in stage);
    if (writing !== undefined) throw refused('An aggregation that writes ($out, $merge)');
    const match = pipeline[0]?.$match as StoredDocument | undefined;
    const input = documents.select(match ?? {});
    const options = {
      ...queryOptions,
      processingMode: ProcessingMode.CLONE_INPUT,
      collectionResolver: (name: string) => this.#sets.get(name)?.select({}).map(canonical) ?? [],
    };
    return canonical(new Aggregator(match === undefined ? pipeline : pipeline.slice(1), options).run(input));
  }

  #set(name: string): DocumentSet {
    const present = this.#sets.get(name);
    if (present !== undefined) return present;
    const set = new DocumentSet(name);
    this.#sets.set(name, set);
    return set;
  }

  #read(collection: string, key: string, bytes: Uint8Array): StoredDocument {
    try {
      return fromBytes(bytes);
    } catch (cause) {
      throw new Problem({
        code: 'records-damaged',
        detail: `The record ${collection}/${key} in ${this.#folder} cannot be read.`,
        advice: 'Stop the service and put the folder back from a backup.',
        reaction: 'stop',
        cause,
      });
    }
  }

  #change(collection: string, key: string, bytes: Uint8Array | null): Change {
    return { collection, key, bytes };
  }
}
