import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { Ending } from '#edge/drivers/opcua/ending';

describe('end of an OPC UA connection', () => {
  const never = new Promise<never>(() => undefined);

  it('gives what comes first: the work, its failure, or the end with its reason', async () => {
    const ending = new Ending();
    expect(await ending.before(Promise.resolve(7), () => -1)).to.equal(7);
    const failed = await ending
      .before(Promise.reject(new Error('no')), () => -1)
      .catch((error: Error) => error.message);
    expect(failed).to.equal('no');
    const waiting = [ending.before(never, (reason) => `${reason}!`), ending.reason()];
    ending.end('cut');
    ending.end('again');
    expect(await Promise.all(waiting)).to.deep.equal(['cut!', 'cut']);
    expect(await ending.before(never, (reason) => reason)).to.equal('cut');
    expect(await ending.reason()).to.equal('cut');
    // What fails after the end is nobody's any more.
    expect(await ending.before(Promise.reject(new Error('late')), (reason) => reason)).to.equal('cut');
  });

  it('keeps nothing of what was given while it has not come', async () => {
    const ending = new Ending();
    const given: WeakRef<object>[] = [];
    for (let poll = 0; poll < 50; poll += 1) {
      const answer = { values: new Array<number>(1_000).fill(poll) };
      given.push(new WeakRef(answer));
      await ending.before(Promise.resolve(answer), () => undefined);
    }
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    // The last ones may still stand in a register.
    expect(given.filter((answer) => answer.deref() !== undefined).length).to.be.lessThan(5);
    ending.end('over');
  });
});
