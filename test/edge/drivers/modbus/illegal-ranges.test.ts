import { expect } from 'chai';
import { illegalWithin, parseIllegalRange } from '#edge/drivers/modbus/illegal-ranges';
import { planGroups } from '#edge/drivers/modbus/plan';
import { sourceOf, tagOf } from './fixtures.ts';

describe('Modbus illegal ranges', () => {
  const ranges: [text: string, range: object][] = [
    ['holding:100..199', { area: 'holding', first: 100, last: 199 }],
    ['holding:100..12000', { area: 'holding', first: 100, last: 12_000 }],
    ['holding:100..40001', { area: 'holding', first: 100, last: 40_001 }],
    ['400101..400200', { area: 'holding', first: 100, last: 199 }],
    ['2!HR1..HR4', { unitId: 2, area: 'holding', first: 0, last: 3 }],
    ['coil:7', { area: 'coil', first: 7, last: 7 }],
  ];
  for (const [text, range] of ranges) {
    it(`${text} is understood`, () => {
      expect(parseIllegalRange(text)).to.deep.equal(range);
    });
  }

  for (const text of [
    'holding:9..3',
    'holding:1..input:3',
    'holding:1.3',
    'holding:1..2..3',
    'x',
    'holding:1..70000',
  ]) {
    it(`${text} is refused with a reason`, () => {
      expect(parseIllegalRange(text)).to.be.a('string');
    });
  }

  it('are of one unit or of all', () => {
    const all = parseIllegalRange('holding:5..6') as Exclude<ReturnType<typeof parseIllegalRange>, string>;
    const one = { ...all, unitId: 2 };
    const asked = { unitId: 1, area: 'holding', start: 6, count: 1 } as const;
    expect(illegalWithin([all], asked)).to.equal(all);
    expect(illegalWithin([one], asked)).to.equal(undefined);
    expect(illegalWithin([one], { ...asked, unitId: 2 })).to.equal(one);
    expect(illegalWithin([all], { ...asked, start: 7 })).to.equal(undefined);
    expect(illegalWithin([all], { ...asked, start: 0, count: 5 })).to.equal(undefined);
    expect(illegalWithin([all], { ...asked, start: 0, count: 6 })).to.equal(all);
  });

  it('refuse a tag that reaches into one', () => {
    const source = sourceOf({ illegal: ['holding:5'] });
    expect(() => planGroups(source, [tagOf({ address: 'holding:4', type: 'uint32' })])).to.throw(/holding:5\.\.5/);
    expect(() => planGroups(source, [tagOf({ address: 'holding:3', type: 'uint32' })])).not.to.throw();
  });
});
