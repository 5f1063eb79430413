import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import fc from 'fast-check';
import { LastValues } from '#cloud/history/last-values';
import { numberBlock } from '../../contract/history-store.contract.js';

describe('last values', () => {
  it('keeps the newest by source time, whatever the order of arrival', () => {
    const row = fc.tuple(
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: 0, max: 20 }),
      fc.double({ noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 20 }), { maxLength: 10 }), (blocks) => {
        const lastValues = new LastValues();
        const model = new Map<number, { sourceTime: number; value: number }>();
        for (const rows of blocks) {
          lastValues.fold({ blocks: [numberBlock(rows)] });
          for (const [tag, sourceTime, value] of rows) {
            if (sourceTime >= (model.get(tag)?.sourceTime ?? 0)) model.set(tag, { sourceTime, value });
          }
        }
        for (let tag = 0; tag <= 3001; tag += 1) {
          const expected = model.get(tag);
          expect(lastValues.get(tag)).to.deep.equal(expected && { tag, status: 0, ...expected });
        }
      }),
    );
  });

  it('holds every kind exactly, and null where it is bad', () => {
    const lastValues = new LastValues();
    const one = { count: 1, sourceTimes: Float64Array.of(5), statuses: Uint32Array.of(0) };
    const blocks: SampleBlock[] = [
      { ...one, kind: 'integer64', tags: Uint32Array.of(1), values: BigInt64Array.of(-(2n ** 63n)) },
      { ...one, kind: 'unsigned64', tags: Uint32Array.of(2), values: BigUint64Array.of(2n ** 64n - 1n) },
      { ...one, kind: 'boolean', tags: Uint32Array.of(3), values: Uint8Array.of(0) },
      { ...one, kind: 'text', tags: Uint32Array.of(4), values: [''] },
      numberBlock([[5, 5, 7]]),
    ];
    lastValues.fold({ blocks });
    expect([1, 2, 3, 4, 5].map((tag) => lastValues.get(tag)?.value)).to.deep.equal([
      -(2n ** 63n),
      2n ** 64n - 1n,
      false,
      '',
      7,
    ]);
    lastValues.fold({ blocks: blocks.map((block) => ({ ...block, statuses: Uint32Array.of(StatusCode.BadTimeout) })) });
    expect([1, 2, 3, 4, 5].map((tag) => lastValues.get(tag)?.value)).to.deep.equal([null, null, null, null, null]);
  });

  it('is filled from the store and never overwritten by a backlog', () => {
    const lastValues = new LastValues();
    lastValues.fold({ blocks: [numberBlock([[9, 100, 1]])] });
    lastValues.fill([
      { tag: 9, sourceTime: 50, status: 0, value: 2, epoch: 1, sequence: 1 },
      { tag: 70_000, sourceTime: 60, status: 0, value: 'on', epoch: 1, sequence: 1 },
    ]);
    lastValues.fold({ blocks: [numberBlock([[9, 99, 3]])] });
    expect(lastValues.get(9)).to.deep.equal({ tag: 9, sourceTime: 100, status: 0, value: 1 });
    expect(lastValues.get(70_000)?.value).to.equal('on');
    expect(lastValues.get(8)).to.equal(undefined);
    expect(lastValues.get(1e6)).to.equal(undefined);
  });
});
