import { updateOne } from 'mingo';
import mongoose from 'mongoose';
import { canonical, isPlain, keyOf, type StoredDocument } from './document.ts';
import { fixedValues, queryOptions } from './document-set.ts';
import { badWrite } from './store-error.ts';

export type Update = StoredDocument | StoredDocument[];

/** mingo checks operators and paths itself when it runs. */
type Modifier = Parameters<typeof updateOne>[2];

export interface UpdateContext {
  readonly filter: StoredDocument;
  readonly arrayFilters?: unknown;
}

/** The document after the update; the one given stays as it is. @throws code 66 when `_id` would change */
export function updated(document: StoredDocument, update: Update, context: UpdateContext): StoredDocument {
  if (Array.isArray(update)) return keepingId(document, apply(canonical(document), update, context));
  const { $setOnInsert: _, ...modifier } = update;
  return apply(canonical(document), withoutId(modifier, document._id), context);
}

/** The document an upsert inserts: what the filter fixes, then the update, then an id if there is none. */
export function inserted(update: Update, context: UpdateContext): StoredDocument {
  const { _id: idOfFilter, ...fixed } = Object.fromEntries(fixedByAll(context.filter));
  const base: StoredDocument = {};
  for (const [path, value] of Object.entries(fixed)) apply(base, { $set: { [path]: value } }, { filter: {} });
  if (Array.isArray(update)) return withId(apply(withId(base, idOfFilter), update, context), undefined);
  const { $setOnInsert, $set, ...rest } = update;
  const values = { ...asPlain($set), ...asPlain($setOnInsert) };
  const id = values._id ?? idOfFilter;
  const modifier = withoutId({ ...rest, $set: values }, id);
  return withId(apply(base, modifier, context), id);
}

export function replaced(document: StoredDocument, replacement: StoredDocument): StoredDocument {
  refuseOperators(replacement);
  return keepingId(document, canonical(replacement));
}

export function replacementInserted(filter: StoredDocument, replacement: StoredDocument): StoredDocument {
  refuseOperators(replacement);
  return withId(canonical(replacement), replacement._id ?? fixedByAll(filter).get('_id'));
}

/** `_id` first, as a server stores it; a new ObjectId where none was given. */
export function withId(document: StoredDocument, id: unknown): StoredDocument {
  const { _id, ...rest } = document;
  return { _id: id ?? _id ?? new mongoose.mongo.ObjectId(), ...rest };
}

function apply(document: StoredDocument, update: Update, context: UpdateContext): StoredDocument {
  if (!Array.isArray(update) && Object.keys(update).length === 0) return document;
  const box = [document];
  const arrayFilters = (context.arrayFilters ?? []) as StoredDocument[];
  const condition = usesPosition(update) ? context.filter : {};
  updateOne(box, condition, canonical(update) as Modifier, { arrayFilters, cloneMode: 'deep' }, queryOptions);
  return box[0] ?? document;
}

/** Only `items.$.price` needs the filter again: to know which item it matched. */
function usesPosition(update: Update): boolean {
  if (Array.isArray(update)) return false;
  return Object.values(update).some((fields) => Object.keys(asPlain(fields)).some((path) => /\.\$(\.|$)/.test(path)));
}

/** mingo refuses every mention of `_id`; a server accepts one that says the same. */
function withoutId(update: StoredDocument, id: unknown): StoredDocument {
  const result: StoredDocument = {};
  for (const [operator, fields] of Object.entries(update)) {
    if (!operator.startsWith('$')) throw badWrite(9, `Update document requires atomic operators, found "${operator}".`);
    const { _id, ...rest } = asPlain(fields);
    if (_id !== undefined && keyOf(_id) !== keyOf(id)) throw immutableId();
    if (Object.keys(rest).length > 0) result[operator] = rest;
  }
  return result;
}

function keepingId(document: StoredDocument, next: StoredDocument): StoredDocument {
  const id = document._id;
  if (next._id !== undefined && keyOf(next._id) !== keyOf(id)) throw immutableId();
  return withId(next, id);
}

function refuseOperators(replacement: StoredDocument): void {
  const operator = Object.keys(replacement).find((field) => field.startsWith('$'));
  if (operator !== undefined) throw badWrite(52, `A replacement must not contain the update operator "${operator}".`);
}

function fixedByAll(filter: StoredDocument): Map<string, unknown> {
  const fixed = equalities(filter);
  const all = filter.$and;
  for (const part of Array.isArray(all) ? all : []) for (const [k, v] of fixedByAll(asPlain(part))) fixed.set(k, v);
  return fixed;
}

/** As fixedValues, and objects and arrays too: an upsert copies them, an index cannot look them up. */
function equalities(filter: StoredDocument): Map<string, unknown> {
  const fixed = fixedValues(filter);
  for (const [field, value] of Object.entries(filter)) {
    if (field.startsWith('$') || fixed.has(field)) continue;
    if (Array.isArray(value)) fixed.set(field, value);
    else if (isPlain(value) && '$eq' in value) fixed.set(field, value.$eq);
    else if (isPlain(value) && !Object.keys(value).some((key) => key.startsWith('$'))) fixed.set(field, value);
  }
  return fixed;
}

function asPlain(value: unknown): StoredDocument {
  return isPlain(value) ? value : {};
}

function immutableId() {
  return badWrite(66, "Performing an update on the path '_id' would modify the immutable field '_id'.");
}
