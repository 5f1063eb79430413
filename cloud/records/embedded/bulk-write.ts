import type { StoredDocument } from './document.ts';
import { badWrite } from './store-error.ts';
import type { Update } from './update.ts';
import type { CollectionWrites, WriteResult } from './writes.ts';

export interface BulkResult {
  ok: 1;
  insertedCount: number;
  matchedCount: number;
  modifiedCount: number;
  deletedCount: number;
  upsertedCount: number;
  /** By place of the operation in the list. */
  upsertedIds: Record<number, unknown>;
  insertedIds: Record<number, unknown>;
}

export interface BulkFailure {
  readonly index: number;
  readonly error: unknown;
}

/** Runs the operations one after another; `ordered` ends at the first failure, otherwise the rest still runs. */
export function bulkWrite(writes: CollectionWrites, operations: readonly StoredDocument[], ordered: boolean) {
  const failures: BulkFailure[] = [];
  const result: BulkResult = {
    ok: 1,
    insertedCount: 0,
    matchedCount: 0,
    modifiedCount: 0,
    deletedCount: 0,
    upsertedCount: 0,
    upsertedIds: {},
    insertedIds: {},
  };
  for (const [index, operation] of operations.entries()) {
    try {
      runOne(writes, operation, index, result);
    } catch (error) {
      failures.push({ index, error });
      if (ordered) break;
    }
  }
  return { result, failures };
}

function runOne(writes: CollectionWrites, operation: StoredDocument, index: number, result: BulkResult): void {
  const [name, given] = Object.entries(operation)[0] ?? [];
  if (name === undefined || typeof given !== 'object' || given === null) throw badWrite(9, 'Empty bulk operation.');
  const spec = given as StoredDocument;
  const filter = (spec.filter ?? {}) as StoredDocument;
  switch (name) {
    case 'insertOne':
      result.insertedIds[index] = writes.insert((spec.document ?? spec) as StoredDocument);
      result.insertedCount += 1;
      return;
    case 'updateOne':
    case 'updateMany':
      count(
        result,
        index,
        writes.update(filter, spec.update as Update, { ...spec, many: name === 'updateMany' }).result,
      );
      return;
    case 'replaceOne':
      count(result, index, writes.replace(filter, spec.replacement as StoredDocument, spec).result);
      return;
    case 'deleteOne':
    case 'deleteMany':
      result.deletedCount += writes.delete(filter, name === 'deleteOne' ? { limit: 1 } : {}).length;
      return;
    default:
      throw badWrite(9, `Unknown bulk operation "${name}".`);
  }
}

function count(result: BulkResult, index: number, one: WriteResult): void {
  result.matchedCount += one.matchedCount;
  result.modifiedCount += one.modifiedCount;
  result.upsertedCount += one.upsertedCount;
  if (one.upsertedCount > 0) result.upsertedIds[index] = one.upsertedId;
}
