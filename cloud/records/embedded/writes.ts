import { canonical, keyOf, type StoredDocument, toBytes } from './document.ts';
import type { DocumentSet } from './document-set.ts';
import { badWrite } from './store-error.ts';
import type { Change } from './store-file.ts';
import { inserted, replaced, replacementInserted, type Update, updated, withId } from './update.ts';

export interface WriteResult {
  acknowledged: true;
  matchedCount: number;
  modifiedCount: number;
  upsertedCount: number;
  upsertedId: unknown;
}

/** Result of a write with the first document it touched, as it was and as it is. */
export interface DocumentChange {
  result: WriteResult;
  before: StoredDocument | null;
  after: StoredDocument | null;
}

/** lmdb takes keys up to 1978 bytes; the collection's name needs a share. */
const longestKeyBytes = 1800;

/** The writes of one call: done in memory at once, collected for one transaction on the disk. */
export class CollectionWrites {
  readonly #documents: DocumentSet;
  readonly #changes = new Map<string, Change>();

  constructor(documents: DocumentSet) {
    this.#documents = documents;
  }

  changes(): Change[] {
    return [...this.#changes.values()];
  }

  /** @returns the id. @throws code 11000 */
  insert(document: StoredDocument): unknown {
    const stored = withId(canonical(document), undefined);
    this.#insert(stored);
    return stored._id;
  }

  update(filter: StoredDocument, update: Update, options: StoredDocument & { many: boolean }): DocumentChange {
    const plain = canonical(filter);
    const context = { filter: plain, arrayFilters: canonical(options.arrayFilters) ?? [] };
    const change = this.#modify(plain, options, (document) => updated(document, canonical(update), context));
    if (change.result.matchedCount > 0 || options.upsert !== true) return change;
    return this.#upserted(inserted(canonical(update), context));
  }

  replace(filter: StoredDocument, replacement: StoredDocument, options: StoredDocument): DocumentChange {
    const plain = canonical(filter);
    const next = canonical(replacement);
    const change = this.#modify(plain, { ...options, many: false }, (document) => replaced(document, next));
    if (change.result.matchedCount > 0 || options.upsert !== true) return change;
    return this.#upserted(replacementInserted(plain, next));
  }

  delete(filter: StoredDocument, selection: { sort?: unknown; limit?: number }): StoredDocument[] {
    const removed = this.#documents.select(canonical(filter), selection);
    for (const document of removed) {
      this.#documents.delete(document);
      this.#keep(document, null);
    }
    return removed;
  }

  #modify(
    filter: StoredDocument,
    options: StoredDocument & { many: boolean },
    next: (document: StoredDocument) => StoredDocument,
  ): DocumentChange {
    const found = this.#documents.select(filter, { sort: options.sort, ...(options.many ? {} : { limit: 1 }) });
    const change = noChange();
    change.result.matchedCount = found.length;
    for (const before of found) {
      const after = canonical(next(before));
      const bytes = toBytes(after);
      change.before ??= before;
      change.after ??= after;
      if (Buffer.compare(bytes, toBytes(before)) === 0) continue;
      this.#documents.put(after);
      this.#keep(after, bytes);
      change.result.modifiedCount += 1;
    }
    return change;
  }

  #upserted(document: StoredDocument): DocumentChange {
    const after = canonical(document);
    this.#insert(after);
    const change = noChange();
    return { ...change, after, result: { ...change.result, upsertedCount: 1, upsertedId: after._id } };
  }

  #insert(document: StoredDocument): void {
    if (Buffer.byteLength(keyOf(document._id)) > longestKeyBytes) {
      throw badWrite(17280, `The _id is longer than ${longestKeyBytes} bytes in collection ${this.#documents.name}.`);
    }
    this.#documents.insert(document);
    this.#keep(document, toBytes(document));
  }

  #keep(document: StoredDocument, bytes: Uint8Array | null): void {
    const key = keyOf(document._id);
    this.#changes.set(key, { collection: this.#documents.name, key, bytes });
  }
}

function noChange(): DocumentChange {
  const result = { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedCount: 0, upsertedId: null } as const;
  return { result: { ...result }, before: null, after: null };
}
