import { metricBytes, payloadBytes } from '../../kit/sparkplug-bytes.ts';
import type { SentRow } from './payload-cases.ts';

/** Rows as lines of line protocol with the precision ms. */
export function linesOf(source: string, rows: readonly SentRow[]): Buffer<ArrayBuffer> {
  return Buffer.concat(
    rows.flatMap(({ name, value, time }) => [
      Buffer.from(`${source} `),
      typeof name === 'string' ? halvesKept(name.replace(/[,= ]/g, '\\$&')) : name,
      Buffer.from('='),
      lineValue(value),
      Buffer.from(` ${time}\n`),
    ]),
  );
}

function lineValue(value: SentRow['value']): Uint8Array {
  if (value === null) return Buffer.alloc(0);
  if (value === Number.POSITIVE_INFINITY) return Buffer.from('1e400');
  if (typeof value === 'number') return Buffer.from(String(value));
  const text = typeof value === 'string' ? halvesKept(value.replace(/["\\]/g, '\\$&')) : (value as Uint8Array);
  return Buffer.concat([Buffer.from('"'), text, Buffer.from('"')]);
}

/** Rows as a list of JSON objects, each of one entry with its time. */
export function jsonOf(
  rows: readonly SentRow[],
  entry: (name: string, value: string, time: string) => string,
): Buffer<ArrayBuffer> {
  const parts = rows.map(({ name, value, time }) => {
    const text = entry(JSON.stringify(name), jsonValue(value), typeof time === 'string' ? `"${time}"` : String(time));
    if (!(value instanceof Uint8Array)) return Buffer.from(text);
    const [before = '', after = ''] = text.split(bytesHere);
    return Buffer.concat([Buffer.from(before), value, Buffer.from(after)]);
  });
  return Buffer.concat([
    Buffer.from('['),
    ...parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from(','), part])),
    Buffer.from(']'),
  ]);
}

const bytesHere = '<bytes>';

function jsonValue(value: SentRow['value']): string {
  if (value instanceof Uint8Array) return `"${bytesHere}"`;
  if (value === Number.POSITIVE_INFINITY) return '1e400';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** Rows as data of a Sparkplug node that say all by themselves. */
export function sparkplugOf(sequence: number, time: number, rows: readonly SentRow[]): Buffer<ArrayBuffer> {
  const metrics = rows.map(({ name, value, time }) =>
    metricBytes({
      name: typeof name === 'string' ? halvesKept(name) : name,
      time: time as number | bigint,
      value: typeof value === 'string' ? halvesKept(value) : (value as number | Uint8Array | null),
      ...(value === null ? { datatype: 10 } : {}),
    }),
  );
  return payloadBytes({ time, sequence, metrics });
}

/** UTF-8, with halves of surrogate pairs as the three bytes that a careless program makes of them. */
function halvesKept(text: string): Buffer<ArrayBuffer> {
  const pieces = text.split(/(\p{Cs})/u).map((piece) => {
    const code = piece.length === 1 ? piece.charCodeAt(0) : 0;
    if (code < 0xd800 || code > 0xdfff) return Buffer.from(piece);
    return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)]);
  });
  return Buffer.concat(pieces);
}
