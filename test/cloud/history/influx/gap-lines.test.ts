import type { GapRecord } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import { gapLines } from '#cloud/history/influx/gap-ledger';

/** InfluxDB 2 refuses a text that is longer. */
const textBytesMax = 1_048_576;

describe('InfluxDB: gap records as points', () => {
  const gap = (source: string, at: number): GapRecord => ({
    ...{
      fromSequence: at,
      toSequence: at,
      fromTime: at,
      toTime: at + 1,
      samples: 1,
      reason: 'source-unreachable',
      source,
    },
  });
  const textsOf = (gaps: readonly GapRecord[]): string[] =>
    gapLines({ gatewayId: 'g', epoch: 7, sequence: 3, ingestTime: 5, blocks: [], gaps }).map((line, part) => {
      const [, text] = new RegExp(`^gaps,g=g e7\\.${part}="(.*)" 3$`).exec(line) ?? [];
      return text!;
    });

  for (const [what, letter] of [
    ['short names', 'a'],
    ['names of 200 Chinese letters', '炉'.repeat(200)],
    ['names of 200 quotes', '"'.repeat(200)],
  ] as const)
    it(`keeps every one, in texts the server takes: ${what}`, () => {
      const gaps = Array.from({ length: 5_000 }, (_, at) => gap(letter, at));
      const texts = textsOf(gaps);
      const read = texts.flatMap((text) => (JSON.parse(text.replace(/\\([\\"])/g, '$1')) as unknown[]).slice(1));
      expect(read.map((row) => [(row as unknown[])[0], (row as unknown[])[6]])).to.deep.equal(
        gaps.map(({ fromSequence, source }) => [fromSequence, source]),
      );
      for (const text of texts) expect(Buffer.byteLength(text)).to.be.below(textBytesMax);
    });

  it('writes nothing for a batch without gaps', () => {
    expect(textsOf([])).to.deep.equal([]);
  });
});
