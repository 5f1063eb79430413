import { Lexer, LineCounter } from 'yaml';

/** A comment of a YAML text, with its `#`. */
export interface Comment {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

/** What the lexer says beside the text itself: a document begins, a scalar follows, a collection ends. */
const marks = new Set(['\x02', '\x1f', '\x18']);

/** All comments in their order, of a text that is no good YAML too. A `#` within a value is none. */
export function commentsOf(text: string): Comment[] {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  const found: Comment[] = [];
  let offset = 0;
  let before = '';
  for (const token of new Lexer().lex(text)) {
    if (token.startsWith('#') && before !== '\x1f') {
      const { line, col } = lines.linePos(offset);
      found.push({ text: token, line, column: col });
    }
    if (!marks.has(token)) offset += token.length;
    before = token;
  }
  return found;
}
