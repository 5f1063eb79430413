import mongoose from 'mongoose';

/** mongoose's own BSON: a second copy of the library would make ObjectIds that are not instances of the first's. */
const { BSON } = mongoose.mongo;

/** A document as the store holds it: what a server would return, plain objects and BSON types only. */
export type StoredDocument = Record<string, unknown>;

/** `undefined` becomes null, as a server sees it; were it dropped, the filter `{a: undefined}` would match everything. */
export function toBytes(document: StoredDocument): Uint8Array {
  return BSON.serialize(document, { ignoreUndefined: false });
}

export function fromBytes(bytes: Uint8Array): StoredDocument {
  return BSON.deserialize(bytes);
}

/** A deep copy in the form a server would give back: casts bigint, typed maps and mongoose wrappers away. */
export function canonical<T>(value: T): T {
  return fromBytes(toBytes({ value })).value as T;
}

/** Text equal exactly for values that are equal to a unique index; missing and null are one. */
export function keyOf(value: unknown): string {
  if (value === undefined || value === null) return '-';
  if (typeof value === 'string') return `s${value}`;
  if (typeof value === 'number') return `n${value}`;
  if (typeof value === 'boolean') return `b${value}`;
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof BSON.ObjectId) return `o${value.toHexString()}`;
  return `x${Buffer.from(toBytes({ value })).toString('base64')}`;
}

/** Every value at a dotted path, arrays opened on the way and at the end; `undefined` stands for missing. */
export function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) {
    const inner = value.flatMap((item) => (path.length === 0 ? [item] : valuesAt(item, path)));
    return inner.length === 0 ? [undefined] : inner;
  }
  const [head, ...rest] = path;
  if (head === undefined) return [value];
  return isPlain(value) ? valuesAt(value[head], rest) : [undefined];
}

export function isPlain(value: unknown): value is StoredDocument {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
