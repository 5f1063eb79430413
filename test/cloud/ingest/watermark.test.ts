import { expect } from 'chai';
import fc from 'fast-check';
import { Watermark } from '#cloud/ingest/watermark';

describe('watermark', () => {
  it('behaves like a set of sequences, and never holds ranges that touch', () => {
    const range = fc.tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 12 }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 60 }), (ranges) => {
        const watermark = new Watermark();
        const model = new Set<number>();
        for (const [first, length] of ranges) {
          watermark.add(first, first + length);
          for (let sequence = first; sequence <= first + length; sequence += 1) model.add(sequence);
          const held = watermark.ranges();
          for (const [place, [low]] of held.entries())
            if (place > 0) expect(low).to.be.greaterThan(held[place - 1]![1] + 1);
        }
        for (let sequence = 0; sequence < 140; sequence += 1)
          expect(watermark.has(sequence)).to.equal(model.has(sequence));
        const total = watermark.ranges().reduce((sum, [first, last]) => sum + last - first + 1, 0);
        expect(total).to.equal(model.size);
      }),
      { numRuns: 500 },
    );
  });

  it('stays one range while sequences come in order', () => {
    const watermark = new Watermark();
    for (let sequence = 1; sequence <= 10_000; sequence += 1) watermark.add(sequence, sequence);
    expect(watermark.ranges()).to.deep.equal([[1, 10_000]]);
    expect([watermark.has(0), watermark.has(10_001), watermark.has(2 ** 53 - 1)]).to.deep.equal([false, false, false]);
  });
});
