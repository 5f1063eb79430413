import { StatusCode } from '@gongfu/shared/model/quality';
import type { ForeignRow } from './row-door.ts';

export const precisions = ['ns', 'us', 'ms', 's'] as const;
export type Precision = (typeof precisions)[number];

/** A line that says nothing that could be stored; its message is the reason. */
export class LineFault extends Error {}

/** Names remembered before all are forgotten; more only costs time. */
const namesMax = 10_000;

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const;
const uint64Max = 2n ** 64n - 1n;

/**
 * Reads lines of InfluxDB's line protocol. Measurement and tag set are the source, `press,hall=3`; a field is a tag of it.
 * Names are kept as texts of their own: a piece of a line would hold the whole piece of the request it was read from.
 */
export class LineProtocol {
  readonly #precision: Precision;
  readonly #arrivedAt: number;
  readonly #sources = new Map<string, string>();
  readonly #names = new Map<string, string>();

  constructor(options: { precision: Precision; arrivedAt: number }) {
    this.#precision = options.precision;
    this.#arrivedAt = options.arrivedAt;
  }

  /** One row a field. @throws LineFault */
  parse(text: string): ForeignRow[] {
    const headEnd = delimiter(text, 0, ' ');
    if (headEnd === -1) throw new LineFault('it has no fields');
    const source = this.#source(text.slice(0, headEnd));
    const fields: [string, Pick<ForeignRow, 'type' | 'value'>][] = [];
    let at = skipSpaces(text, headEnd);
    do {
      const sign = delimiter(text, at, '=');
      if (sign === -1) throw new LineFault('a field has no value');
      const name = this.#name(text.slice(at, sign));
      if (fields.some(([other]) => other === name)) throw new LineFault(`the field ${name} is there twice`);
      const end = valueEnd(text, sign + 1);
      fields.push([name, fieldValue(text.slice(sign + 1, end), name)]);
      at = end + 1;
    } while (text[at - 1] === ',');
    const sourceTime = this.#time(text.slice(at).trim());
    return fields.map(([name, value]) => ({ source, name, unit: '', sourceTime, status: StatusCode.Good, ...value }));
  }

  #source(head: string): string {
    return remembered(this.#sources, head, sourceOf);
  }

  #name(text: string): string {
    if (text === '') throw new LineFault('a field has no name');
    if (delimiter(text, 0, ' ') !== -1 || delimiter(text, 0, ',') !== -1) {
      throw new LineFault(`the field ${text.slice(0, 40)} has no value`);
    }
    return remembered(this.#names, text, unescaped);
  }

  /** UTC epoch ms, cut and never rounded up. */
  #time(text: string): number {
    if (text === '') return this.#arrivedAt;
    if (!/^-?\d{1,19}$/.test(text)) throw new LineFault(`the time ${text.slice(0, 40)} is not a whole number`);
    const ticks = BigInt(text);
    if (ticks < int64.min || ticks > int64.max) throw new LineFault(`the time ${text} does not fit 64 bits`);
    switch (this.#precision) {
      case 's':
        return Number(ticks) * 1_000;
      case 'ms':
        return Number(ticks);
      default: {
        const perMs = this.#precision === 'us' ? 1_000n : 1_000_000n;
        // Before 1970 nothing is taken, so it need not be exact there.
        return ticks < 0n ? -1 : Number(ticks / perMs);
      }
    }
  }
}

function remembered(known: Map<string, string>, text: string, make: (text: string) => string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size >= namesMax) known.clear();
  const own = Buffer.from(text).toString();
  const made = Buffer.from(make(own)).toString();
  known.set(own, made);
  return made;
}

/** `press,hall=3`, the tags by name; commas, equals signs and backslashes within a part stand behind a backslash. */
function sourceOf(head: string): string {
  const [measurement = '', ...tags] = head.split(/(?<!\\),/);
  if (measurement === '') throw new LineFault('it has no measurement');
  const pairs = tags.map((tag): [string, string] => {
    const sign = delimiter(tag, 0, '=');
    const [key, value] = sign === -1 ? [tag, ''] : [tag.slice(0, sign), tag.slice(sign + 1)];
    if (key === '' || value === '') throw new LineFault(`the tag ${tag.slice(0, 40)} has no name or no value`);
    if (delimiter(value, 0, '=') !== -1) throw new LineFault(`the tag ${tag.slice(0, 40)} has two equals signs`);
    return [part(unescaped(key)), part(unescaped(value))];
  });
  pairs.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  if (pairs.some(([key], place) => key === pairs[place + 1]?.[0])) throw new LineFault('a tag is there twice');
  return [part(unescaped(measurement)), ...pairs.map(([key, value]) => `${key}=${value}`)].join(',');
}

function part(text: string): string {
  return text.replace(/[\\,=]/g, '\\$&');
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,= ])/g, '$1') : text;
}

/** Where the sign stands that no backslash stands before; -1 where it does not. */
function delimiter(text: string, from: number, sign: string): number {
  let at = text.indexOf(sign, from);
  while (at > from && text[at - 1] === '\\') at = text.indexOf(sign, at + 1);
  return at;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ') at += 1;
  return at;
}

/** Behind the value: at a comma, a space or the end. */
function valueEnd(text: string, from: number): number {
  let at = from;
  if (text[at] === '"') {
    at += 1;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    if (at >= text.length) throw new LineFault('a text is not closed');
    at += 1;
    if (at < text.length && text[at] !== ',' && text[at] !== ' ') throw new LineFault('something stands behind a text');
    return at;
  }
  while (at < text.length && text[at] !== ',' && text[at] !== ' ') at += 1;
  return at;
}

function fieldValue(text: string, name: string): Pick<ForeignRow, 'type' | 'value'> {
  if (text.startsWith('"')) return { type: 'string', value: text.slice(1, -1).replace(/\\(["\\])/g, '$1') };
  if (/^[-+]?\d+[iu]$/.test(text)) return integerOf(text, name);
  if (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) throw new LineFault(`the field ${name} is larger than any float64`);
    return { type: 'float64', value };
  }
  if (/^(t|T|true|True|TRUE)$/.test(text)) return { type: 'bool', value: true };
  if (/^(f|F|false|False|FALSE)$/.test(text)) return { type: 'bool', value: false };
  throw new LineFault(`the field ${name} has no value that can be read: ${text.slice(0, 40) || 'nothing'}`);
}

function integerOf(text: string, name: string): Pick<ForeignRow, 'type' | 'value'> {
  if (text.length > 24) throw new LineFault(`the field ${name} does not fit 64 bits`);
  const value = BigInt(text.slice(text.startsWith('+') ? 1 : 0, -1));
  const unsigned = text.endsWith('u');
  const fits = unsigned ? value >= 0n && value <= uint64Max : value >= int64.min && value <= int64.max;
  if (!fits) throw new LineFault(`the field ${name} does not fit 64 bits`);
  return { type: unsigned ? 'uint64' : 'int64', value };
}
