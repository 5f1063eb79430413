import { expect } from 'chai';
import { Deadlines } from '#edge/drivers/modbus/deadlines';
import { FakeClock } from '#test/kit/fake-clock';

describe('Deadlines', () => {
  let clock: FakeClock;
  let expired: [slot: number, timeoutMs: number, atMs: number][];
  let deadlines: Deadlines;

  beforeEach(() => {
    clock = new FakeClock();
    expired = [];
    deadlines = new Deadlines({ clock, onExpired: (...wait) => expired.push([...wait, clock.monotonicMs()]) });
  });

  it('tells each request that waits too long at its own time, whatever was set before or after it', () => {
    deadlines.set(1, 1000);
    clock.advance(100);
    deadlines.set(2, 300);
    deadlines.set(3, 5000);
    clock.advance(100);
    deadlines.set(4, 800);
    clock.advance(10_000);
    expect(expired).to.deep.equal([
      [2, 300, 400],
      [1, 1000, 1000],
      [4, 800, 1000],
      [3, 5000, 5100],
    ]);
    expect(clock.waiting).to.equal(0);
  });

  it('keeps one timer for a thousand requests that are answered in time, and tells of none', () => {
    for (let i = 0; i < 1000; i += 1) {
      deadlines.set(i % 2, 1000);
      expect(clock.waiting).to.equal(1);
      clock.advance(3);
      deadlines.clear(i % 2);
    }
    deadlines.set(0, 1000);
    clock.advance(999);
    expect(expired).to.deep.equal([]);
    clock.advance(1);
    expect(expired).to.deep.equal([[0, 1000, 4000]]);
  });

  it('tells nothing after its end, and leaves no timer', () => {
    deadlines.set(1, 1000);
    deadlines.end();
    expect(clock.waiting).to.equal(0);
    clock.advance(2000);
    expect(expired).to.deep.equal([]);
  });
});
