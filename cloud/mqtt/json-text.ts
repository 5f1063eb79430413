import { isSafeNumber, parse } from 'lossless-json';

export type Json = number | bigint | string | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const int64Min = -(2n ** 63n);
const uint64Max = 2n ** 64n - 1n;

/** Deeper than any payload of a device, and far from what the parser's own calls could bear. */
const depthMax = 32;

/** Longer texts and names are read apart: the parser that keeps integers exact takes a second for one of a megabyte. */
const shortMax = 64;
/** Begins what stands for a long one meanwhile; longer than any that stays, so it is none of them. */
const stand = '='.repeat(shortMax + 1);

/** Integers beyond 2^53 come as bigint, exact. @throws RangeError or SyntaxError naming what is wrong */
export function parseJson(text: string): Json {
  const long = longTexts(text);
  if (long.length === 0) return parse(text, undefined, exactNumber) as Json;
  const texts = new Map<string, string>();
  const pieces: string[] = [];
  let from = 0;
  for (const [start, end] of long) {
    const name = `${stand}${texts.size}`;
    texts.set(name, JSON.parse(text.slice(start, end)) as string);
    pieces.push(text.slice(from, start), `"${name}"`);
    from = end;
  }
  pieces.push(text.slice(from));
  return restored(parse(pieces.join(''), undefined, exactNumber) as Json, texts);
}

/** A part of a list as a list of its own, and how many entries stand before it. */
export interface ListPiece {
  readonly text: string;
  readonly before: number;
}

/**
 * A long list piece by piece, so that nobody waits until all of it is read: hundreds of thousands of entries take a second
 * and many times the memory of their text. Whatever is no long list is one piece. What is wrong with the text shows when
 * the piece is read that has it; where it shows no pieces follow.
 */
export function* listPieces(text: string, options: { pieceLength?: number } = {}): Generator<ListPiece> {
  const { pieceLength = 65_536 } = options;
  if (text.length < 2 * pieceLength || !/^\s*\[/.test(text)) return yield { text, before: 0 };
  let [start, before, count, depth] = [text.indexOf('[') + 1, 0, 0, 1];
  for (let place = start; place < text.length && depth > 0; place += 1) {
    const letter = text[place];
    if (letter === '"') place = textEnd(text, place);
    else if (letter === '{' || letter === '[') depth += 1;
    else if (letter === '}' || letter === ']') depth -= 1;
    else if (letter === ',' && depth === 1) {
      count += 1;
      if (place - start < pieceLength) continue;
      yield { text: `[${text.slice(start, place)}]`, before };
      [start, before] = [place + 1, count];
    }
  }
  const rest = text.slice(start);
  // Nothing after a comma is as wrong here as it is in the whole.
  yield { text: `[${before > 0 && /^\s*\]/.test(rest) ? ',' : ''}${rest}`, before };
}

function restored(json: Json, texts: ReadonlyMap<string, string>): Json {
  if (typeof json === 'string') return texts.get(json) ?? json;
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return (json as readonly Json[]).map((one) => restored(one, texts));
  return Object.fromEntries(Object.entries(json).map(([key, one]) => [texts.get(key) ?? key, restored(one, texts)]));
}

function exactNumber(text: string): number | bigint {
  if (/^-?\d{16,20}$/.test(text) && !isSafeNumber(text)) {
    const integer = BigInt(text);
    if (integer >= int64Min && integer <= uint64Max) return integer;
  }
  return Number(text);
}

/**
 * Where long texts and names stand, their quotes among them. Brackets are counted before anything is built; those within
 * texts do not nest. @throws RangeError where they nest too deep
 */
function longTexts(text: string): [start: number, end: number][] {
  const long: [number, number][] = [];
  let depth = 0;
  for (let place = 0; place < text.length; place += 1) {
    const letter = text[place];
    if (letter === '"') {
      const end = textEnd(text, place);
      if (end < text.length && end - place - 1 > shortMax) long.push([place, end + 1]);
      place = end;
    } else if (letter === '{' || letter === '[') {
      depth += 1;
      if (depth > depthMax) throw new RangeError(`nested deeper than ${depthMax} levels`);
    } else if (letter === '}' || letter === ']') depth -= 1;
  }
  return long;
}

/** Of the quote that closes; the end of all where none does. */
function textEnd(text: string, start: number): number {
  let place = start + 1;
  while (place < text.length && text[place] !== '"') place += text[place] === '\\' ? 2 : 1;
  return Math.min(place, text.length);
}

export function isObject(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
