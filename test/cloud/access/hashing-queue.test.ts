import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { HashingQueue } from '#cloud/access/hashing-queue';

describe('hashing queue', () => {
  it('does one after the other, and goes on after a failure', async () => {
    const queue = new HashingQueue();
    let running = 0;
    let runningMax = 0;
    const done: number[] = [];
    const work = (n: number) => async () => {
      running += 1;
      runningMax = Math.max(runningMax, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (n === 2) throw new Error('no memory');
      done.push(n);
      return n;
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map((n) => queue.run(work(n))));
    expect(results.map(({ status }) => status[0])).to.deep.equal(['f', 'f', 'r', 'f', 'f']);
    expect([done, runningMax]).to.deep.equal([[0, 1, 3, 4], 1]);
    expect(await queue.run(work(5)), 'nothing is left of it').to.equal(5);
  });

  it('refuses at once, with the time to wait, when too many wait', async () => {
    const queue = new HashingQueue();
    let finish = (): void => undefined;
    const first = queue.run(() => new Promise<void>((resolve) => (finish = resolve)));
    const waiting = Array.from({ length: 200 }, () => queue.run(async () => undefined));
    expect(() => queue.requireRoom())
      .to.throw(Problem)
      .that.includes({ code: 'sign-in-busy', status: 429 });
    const refused: unknown = await queue.run(async () => undefined).catch((error: unknown) => error);
    expect(refused).to.include({ code: 'sign-in-busy', retryAfterMs: 3_000 });
    finish();
    await Promise.all([first, ...waiting]);
    queue.requireRoom();
  });
});
