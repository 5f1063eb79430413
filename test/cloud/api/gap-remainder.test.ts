import { expect } from 'chai';
import fc from 'fast-check';
import { withoutStored } from '#cloud/api/gap-remainder';
import { Watermark } from '#cloud/ingest/watermark';

const gap = (fromSequence: number, toSequence: number) => ({
  gatewayId: 'g',
  epoch: 1,
  fromSequence,
  toSequence,
  fromTime: 0,
  toTime: 1,
  samples: 5,
  reason: 'buffer-full' as const,
  source: '',
  ingestTime: 2,
});

describe('gap remainder', () => {
  it('leaves a loss alone of which nothing arrived, and one without sequences', () => {
    expect(
      withoutStored(gap(3, 5), [
        [1, 2],
        [6, 9],
      ]),
    ).to.deep.equal([gap(3, 5)]);
    expect(withoutStored(gap(-1, -1), [[1, 9]])).to.deep.equal([gap(-1, -1)]);
  });

  it('names exactly the sequences that are not stored, whatever is', () => {
    const sequences = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 40 });
    fc.assert(
      fc.property(
        sequences,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 39 }),
        (stored, from, length) => {
          const watermark = new Watermark();
          for (const sequence of stored) watermark.add(sequence, sequence);
          const rest = withoutStored(gap(from, from + length), watermark.ranges());
          const named = rest.flatMap((one) =>
            Array.from({ length: one.toSequence - one.fromSequence + 1 }, (_, n) => one.fromSequence + n),
          );
          const all = Array.from({ length: length + 1 }, (_, n) => from + n);
          const missing = all.filter((sequence) => !stored.includes(sequence));
          expect(named).to.deep.equal(missing);
          for (const one of rest) expect(one.samples).to.equal(missing.length === all.length ? 5 : -1);
        },
      ),
    );
  });
});
