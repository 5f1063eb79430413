import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { expect } from 'chai';

describe('system clock', () => {
  it('waits for more than a timer can, and not a millisecond instead', async () => {
    let runs = 0;
    const cancel = systemClock.after(2 ** 31 + 60_000, () => {
      runs += 1;
    });
    await sleep(systemClock, 20);
    cancel();
    expect(runs).to.equal(0);
  });
});
