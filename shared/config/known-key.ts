import { z } from 'zod';

/** What people write who come from other products, and our word for it. Consulted only where our word is allowed. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  devices: ['sources'],
  plcs: ['sources'],
  connections: ['sources'],
  queue: ['buffer'],
  storage: ['buffer', 'data'],
  points: ['tags'],
  variables: ['tags'],
  registers: ['tags'],
  signals: ['tags'],
  cloud: ['uplink'],
  server: ['uplink', 'http'],
  token: ['code'],
  id: ['name'],
  pollperiod: ['interval'],
  period: ['interval'],
  slave: ['unitId'],
  slaveid: ['unitId'],
  unit_id: ['unitId'],
  ip: ['host'],
  address: ['host', 'endpoint', 'nodeId'],
  url: ['endpoint', 'host'],
  register: ['address'],
  datatype: ['type'],
  data_type: ['type'],
  node: ['nodeId'],
  endian: ['byteOrder'],
  byte_order: ['byteOrder'],
};

/** One clause for an unknown key: the nearest known one, or all of them where none is near. */
export function unknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestOf(key, known);
  if (nearest !== undefined) return `unknown key "${key}"; did you mean "${nearest}"?`;
  return known.length === 0
    ? `unknown key "${key}"`
    : `unknown key "${key}"; known here: ${[...known].sort().join(', ')}`;
}

/** The known word a person most likely meant: a synonym, else at most about a third of the letters away. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const synonym = Object.hasOwn(synonyms, lower) ? synonyms[lower]!.find((ours) => known.includes(ours)) : undefined;
  if (synonym !== undefined) return synonym;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Keys an object schema knows, seen through optional, default, and transform; empty when it is no object. */
export function keysOf(schema: unknown): string[] {
  const bare = withoutWrapping(schema);
  return bare instanceof z.ZodObject ? Object.keys(bare.shape) : [];
}

/** The schema that judges the value at `path`; undefined where the schema alone does not say. */
export function schemaAt(schema: unknown, path: readonly PropertyKey[]): unknown {
  let at = withoutWrapping(schema);
  for (const step of path) {
    if (at instanceof z.ZodObject) at = withoutWrapping((at.shape as Record<PropertyKey, unknown>)[step]);
    else if (at instanceof z.ZodArray) at = withoutWrapping(at.element);
    else if (at instanceof z.ZodRecord) at = withoutWrapping(at.valueType);
    else return undefined;
  }
  return at;
}

function withoutWrapping(schema: unknown): unknown {
  let at = schema;
  for (;;) {
    if (at instanceof z.ZodOptional || at instanceof z.ZodNullable || at instanceof z.ZodDefault) at = at.def.innerType;
    else if (at instanceof z.ZodPrefault || at instanceof z.ZodReadonly) at = at.def.innerType;
    else if (at instanceof z.ZodPipe) at = at.def.in;
    else if (at instanceof z.ZodLazy) at = at.def.getter();
    else return at;
  }
}

/** Levenshtein distance in which two letters changing places count as one. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? rows[i - 2]![j - 2]! + 1 : change;
      row.push(Math.min(change, swap, rows[i - 1]![j]! + 1, row[j - 1]! + 1));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
