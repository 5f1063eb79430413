import { expect } from 'chai';
import fc from 'fast-check';
import { Turns } from '#cloud/api/turns';
import { FakeClock } from '../../kit/fake-clock.ts';

describe('turns', () => {
  it('gives a burst at once, then one after the other, and each key its own', () => {
    const turns = new Turns({ perSecond: 10, burst: 3, clock: new FakeClock() });
    expect(Array.from({ length: 5 }, () => turns.take('a'))).to.deep.equal([0, 0, 0, 100, 200]);
    expect(turns.waitMs('a')).to.equal(300);
    expect([turns.waitMs('b'), turns.take('b')]).to.deep.equal([0, 0]);
  });

  it('saves up no more than a burst, however long nobody came', () => {
    const clock = new FakeClock();
    const turns = new Turns({ perSecond: 10, burst: 3, clock });
    for (let n = 0; n < 10; n += 1) turns.take('a');
    clock.advance(3_600_000);
    expect(Array.from({ length: 4 }, () => turns.take('a'))).to.deep.equal([0, 0, 0, 100]);
  });

  it('never gives more than burst and rate allow, and says what it will do', () => {
    fc.assert(
      fc.property(
        fc.record({ perSecond: fc.integer({ min: 1, max: 100 }), burst: fc.integer({ min: 1, max: 20 }) }),
        fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 200 }),
        (limits, pauses) => {
          const clock = new FakeClock();
          const turns = new Turns({ ...limits, clock });
          const at: number[] = [];
          for (const pause of pauses) {
            clock.advance(pause);
            const told = turns.waitMs('a');
            const wait = turns.take('a');
            expect(wait).to.be.closeTo(told, 1e-6);
            at.push(clock.monotonicMs() + wait);
          }
          for (const [first, from] of at.entries()) {
            for (const [n, to] of at.slice(first).entries()) {
              expect(n + 1).to.be.at.most(limits.burst + ((to - from) / 1000) * limits.perSecond + 1e-6);
            }
          }
        },
      ),
    );
  });
});
