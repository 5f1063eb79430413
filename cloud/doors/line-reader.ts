import { isUtf8 } from 'node:buffer';
import { LineFault } from './line-protocol.ts';

/** Bytes of one line, with the lines of a text in it. */
const lineMax = 1024 * 1024;

/** Characters of what is said of a line; a name in it may be as long as the line. */
const reasonMax = 200;

/** One line that could be read, or why not. Lines are counted from 1, as editors do. */
export type ReadLine<T> =
  | { readonly line: number; readonly content: T }
  | { readonly line: number; readonly reason: string };

/** U+FEFF as bytes: some editors begin with it what they write. */
const byteOrderMark = '\xef\xbb\xbf';

/**
 * Cuts a text that comes in pieces of bytes into lines and reads each. Until a line is whole each byte is a character by itself:
 * only then is it known whether its bytes are UTF-8, and one line that is not is wrong alone. A quoted text may go over several lines; where that makes
 * no sense its first line is wrong alone, so that one forgotten quote does not swallow what follows.
 */
export class LineReader<T> {
  readonly #parse: (text: string) => T;
  #rest = '';
  #line = 1;
  /** Until its end the line was too long to be kept. */
  #skips = false;

  /** `parse` throws LineFault. */
  constructor(parse: (text: string) => T) {
    this.#parse = parse;
  }

  *push(piece: Uint8Array): Generator<ReadLine<T>> {
    this.#rest += Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
    yield* this.#read(false);
  }

  /** The last line needs no end. */
  *end(): Generator<ReadLine<T>> {
    yield* this.#read(true);
  }

  *#read(isEnd: boolean): Generator<ReadLine<T>> {
    let at = 0;
    const text = isEnd ? `${this.#rest}\n` : this.#rest;
    while (at < text.length) {
      const lineEnd = text.indexOf('\n', at);
      if (lineEnd === -1) break;
      const end = this.#skips ? lineEnd : endOf(text, at, lineEnd);
      if (end === -1 && !isEnd && text.length - at <= lineMax) break;
      const read = this.#skips ? undefined : this.#readOne(text, at, end === -1 ? lineEnd : end, lineEnd);
      this.#skips = false;
      if (read?.result !== undefined) yield read.result;
      const next = (read?.end ?? lineEnd) + 1;
      this.#line += read === undefined || read.end === lineEnd ? 1 : countLines(text, at, next);
      at = next;
    }
    this.#rest = isEnd ? '' : text.slice(at);
    if ((this.#skips || this.#rest.length > lineMax) && !this.#rest.includes('\n')) {
      this.#rest = '';
      if (!this.#skips) yield { line: this.#line, reason: `it is longer than ${lineMax} bytes` };
      this.#skips = true;
    }
  }

  #readOne(text: string, from: number, end: number, lineEnd: number): { result?: ReadLine<T>; end: number } {
    const line = this.#line;
    const start = line === 1 && text.startsWith(byteOrderMark, from) ? from + byteOrderMark.length : from;
    const content = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end).replace(/^[ \t]+/, '');
    if (content === '' || content.startsWith('#')) return { end };
    try {
      return { result: { line, content: this.#parse(decoded(content)) }, end };
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      // As a text of its own, not as one that holds the line.
      const reason = Buffer.from(error.message.slice(0, reasonMax)).toString();
      return { result: { line, reason }, end: lineEnd };
    }
  }
}

/** @throws LineFault */
function decoded(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  const own = Buffer.from(bytes, 'latin1');
  if (!isUtf8(own)) throw new LineFault('it holds bytes that are not UTF-8');
  return own.toString();
}

/** The line end that no quoted text holds; -1 where a text is open to the end of what is there. */
function endOf(text: string, from: number, lineEnd: number): number {
  const line = text.slice(from, lineEnd);
  if (!line.includes('"') || /^\s*#/.test(line)) return lineEnd;
  let inFields = false;
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '\n') return at;
    if (letter === ' ' && at > from && text[at - 1] !== '\\') inFields = true;
    if (!inFields || letter !== '"' || text[at - 1] !== '=' || text[at - 2] === '\\') continue;
    at += 1;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    if (at >= text.length) return -1;
  }
  return -1;
}

function countLines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
