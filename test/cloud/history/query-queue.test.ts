import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { QueryQueue } from '#cloud/history/query-queue';

describe('query queue', () => {
  it('lets one tenant run and wait up to its share, refuses the rest, and never holds up another', async () => {
    const queue = new QueryQueue({ runningMax: 2, waitingMax: 3 });
    const ends: (() => void)[] = [];
    const begun: string[] = [];
    const ask = (tenant: string) =>
      queue.run(tenant, () => {
        begun.push(tenant);
        return new Promise<string>((resolve) => ends.push(() => resolve('answered')));
      });
    const ofA = Array.from({ length: 10 }, () => ask('a').catch((error: Problem) => [error.code, error.status]));
    const ofB = ask('b');
    expect(begun).to.deep.equal(['a', 'a', 'b']);
    ends[2]!();
    expect(await ofB).to.equal('answered');
    for (let i = 0; i < ends.length; i += 1) {
      ends[i]!();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answers = await Promise.all(ofA);
    expect(answers.slice(0, 5)).to.deep.equal(Array.from({ length: 5 }, () => 'answered'));
    expect(answers.slice(5)).to.deep.equal(Array.from({ length: 5 }, () => ['history-tenant-busy', 429]));
    expect(begun.filter((tenant) => tenant === 'a')).to.have.length(5);
  });

  it('gives a place back when a question fails', async () => {
    const queue = new QueryQueue({ runningMax: 1, waitingMax: 0 });
    const fail = () => queue.run('a', () => Promise.reject(new Error('broken'))).catch((error: Error) => error.message);
    expect([await fail(), await fail()]).to.deep.equal(['broken', 'broken']);
    expect(await queue.run('a', async () => 1)).to.equal(1);
  });
});
