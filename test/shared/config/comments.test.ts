import { commentsOf } from '@gongfu/shared/config/comments';
import { expect } from 'chai';
import fc from 'fast-check';

describe('config: comments of a text', () => {
  it('are those of YAML: no value that holds a #, also in blocks', () => {
    const text = [
      '# first',
      'a: x#y # after a value',
      `b: 'q # no' # yes`,
      'c: |',
      '  # a line of the block',
      '  more',
      '  - { d: [1, # in a list',
      '     2] }',
      '\t# last',
    ].join('\n');
    expect(commentsOf(text).map(({ text: comment, line, column }) => `${line}:${column} ${comment}`)).to.deep.equal([
      '1:1 # first',
      '2:8 # after a value',
      '3:13 # yes',
      '9:2 # last',
    ]);
  });

  it('stand where they are said to, whatever the text is', () => {
    const piece = fc.constantFrom(
      '#',
      ' ',
      '\n',
      '\r\n',
      ':',
      'a',
      '温',
      '"',
      "'",
      '|',
      '- ',
      '{',
      ']',
      '\t',
      '&',
      '%',
      '---',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const lines = text.split('\n');
        for (const { text: comment, line, column } of commentsOf(text)) {
          expect(comment.startsWith('#')).to.equal(true);
          expect(lines[line - 1]!.slice(column - 1).startsWith(comment), JSON.stringify(text)).to.equal(true);
        }
      }),
    );
  });
});
