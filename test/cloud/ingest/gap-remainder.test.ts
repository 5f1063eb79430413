import { expect } from 'chai';
import fc from 'fast-check';
import type { StoredGap } from '#cloud/history/history-store';
import { missingOnly } from '#cloud/ingest/gap-remainder';
import { Watermark } from '#cloud/ingest/watermark';

const gap = (fromSequence: number, toSequence: number, epoch = 1): StoredGap => ({
  gatewayId: 'g',
  epoch,
  fromSequence,
  toSequence,
  fromTime: 0,
  toTime: 1,
  samples: 5,
  reason: 'buffer-full',
  source: '',
  ingestTime: 2,
});
const nothing = () => [];

describe('gap remainder', () => {
  it('leaves a loss alone of which nothing arrived, and one without sequences', () => {
    const stored = (): [number, number][] => [
      [1, 2],
      [6, 9],
    ];
    expect(missingOnly([gap(3, 5), gap(-1, -1)], stored)).to.deep.equal([gap(3, 5), gap(-1, -1)]);
  });

  it('tells once what was told again: as it was, or grown', () => {
    const again = { ...gap(-1, -1), ingestTime: 3 };
    expect(missingOnly([gap(-1, -1), again, { ...again, samples: 6 }], nothing)).to.deep.equal([
      gap(-1, -1),
      { ...again, samples: 6 },
    ]);
    expect(missingOnly([gap(52, 53), gap(50, 60), gap(52, 53, 2)], nothing)).to.deep.equal([
      gap(50, 60),
      gap(52, 53, 2),
    ]);
  });

  it('names exactly the sequences that are not stored, each once, whatever is stored or told twice', () => {
    const sequence = fc.integer({ min: 1, max: 40 });
    const range = fc.tuple(sequence, sequence).map(([a, b]) => gap(Math.min(a, b), Math.max(a, b)));
    fc.assert(
      fc.property(fc.uniqueArray(sequence, { maxLength: 40 }), fc.array(range, { maxLength: 6 }), (stored, told) => {
        const watermark = new Watermark();
        for (const one of stored) watermark.add(one, one);
        const rest = missingOnly(told, () => watermark.ranges());
        const named = rest.flatMap(sequencesOf).sort((a, b) => a - b);
        const missing = [...new Set(told.flatMap(sequencesOf))].filter((one) => !stored.includes(one));
        expect(named).to.deep.equal(missing.sort((a, b) => a - b));
        for (const one of rest) expect(one.samples).to.equal(told.includes(one) ? 5 : -1);
      }),
    );
  });
});

function sequencesOf({ fromSequence, toSequence }: { fromSequence: number; toSequence: number }): number[] {
  return Array.from({ length: toSequence - fromSequence + 1 }, (_, n) => fromSequence + n);
}
