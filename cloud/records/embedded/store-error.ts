import mongoose from 'mongoose';
import type { StoredDocument } from './document.ts';

const { MongoServerError } = mongoose.mongo;

/** What a server says when a unique index refuses a document; mongoose and its callers look at `code` and `keyValue`. */
export function duplicateKey(collection: string, index: string, keyPattern: StoredDocument, keyValue: StoredDocument) {
  const message = `E11000 duplicate key error collection: ${collection} index: ${index} dup key: ${JSON.stringify(keyValue)}`;
  return new MongoServerError({ message, errmsg: message, code: 11000, keyPattern, keyValue });
}

export function refused(what: string) {
  const message = `${what} is not supported by the embedded records store; set MONGODB_URI to use a MongoDB server.`;
  return new MongoServerError({ message, errmsg: message, code: 115, codeName: 'CommandNotSupported' });
}

export function badWrite(code: number, message: string) {
  return new MongoServerError({ message, errmsg: message, code });
}

/** One failed operation of a bulk write; mongoose rewrites `err.index` to the caller's own numbering. */
export class WriteError {
  readonly err: { index: number; code: number; errmsg: string; op: unknown };

  constructor(index: number, error: unknown, op: unknown) {
    const code = error instanceof MongoServerError && typeof error.code === 'number' ? error.code : 8;
    this.err = { index, code, errmsg: error instanceof Error ? error.message : String(error), op };
  }

  get index(): number {
    return this.err.index;
  }

  get code(): number {
    return this.err.code;
  }

  get errmsg(): string {
    return this.err.errmsg;
  }
}

/** The first failure decides code and message, as with a server; the rest is in `writeErrors`. */
export function bulkFailure(first: unknown, writeErrors: readonly WriteError[], result: object) {
  if (!(first instanceof MongoServerError)) return first;
  const { keyPattern, keyValue } = first;
  const failure = new MongoServerError({
    message: first.message,
    errmsg: first.message,
    ...(first.code === undefined ? {} : { code: first.code }),
    ...(keyPattern === undefined ? {} : { keyPattern, keyValue }),
  });
  return Object.assign(failure, { writeErrors, result, ...result });
}
