import { isSafeNumber, parse } from 'lossless-json';

export type Json = number | bigint | string | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const int64Min = -(2n ** 63n);
const uint64Max = 2n ** 64n - 1n;

/** Deeper than any payload of a device, and far from what the parser's own calls could bear. */
const depthMax = 32;

/** Integers beyond 2^53 come as bigint, exact. @throws RangeError or SyntaxError naming what is wrong */
export function parseJson(text: string): Json {
  requireShallow(text);
  return parse(text, undefined, exactNumber) as Json;
}

function exactNumber(text: string): number | bigint {
  if (/^-?\d{16,20}$/.test(text) && !isSafeNumber(text)) {
    const integer = BigInt(text);
    if (integer >= int64Min && integer <= uint64Max) return integer;
  }
  return Number(text);
}

/** Brackets are counted before anything is built; those within texts do not nest. */
function requireShallow(text: string): void {
  let depth = 0;
  let inText = false;
  for (let place = 0; place < text.length; place += 1) {
    const letter = text[place];
    if (inText) {
      if (letter === '\\') place += 1;
      else if (letter === '"') inText = false;
    } else if (letter === '"') inText = true;
    else if (letter === '{' || letter === '[') {
      depth += 1;
      if (depth > depthMax) throw new RangeError(`nested deeper than ${depthMax} levels`);
    } else if (letter === '}' || letter === ']') depth -= 1;
  }
}

export function isObject(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
