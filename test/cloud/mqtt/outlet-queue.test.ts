import { expect } from 'chai';
import { OutletQueue } from '#cloud/mqtt/outlet-queue';
import { until } from '../../kit/until.ts';

describe('mqtt: what waits for a broker that is away', () => {
  const mebi = 1024 ** 2;

  it('is bounded by what its texts hold too: the oldest go, and are counted', async () => {
    const sent: unknown[] = [];
    const queue = new OutletQueue<{ readonly sample: { readonly value: string | number } }>({
      send: async (items) => void sent.push(...items.map(({ sample: { value } }) => value)),
      waitingMax: 1_000,
      batchMax: 7,
    });
    const texts = Array.from({ length: 20 }, (_, n) => `${n}`.padEnd(mebi, '.'));
    queue.push([{ sample: { value: 1 } }, ...texts.slice(0, 10).map((value) => ({ sample: { value } }))]);
    expect([queue.length, queue.dropped]).to.deep.equal([11, 0]);
    queue.push([...texts.slice(10).map((value) => ({ sample: { value } })), { sample: { value: 2 } }]);
    expect([queue.length, queue.dropped]).to.deep.equal([17, 5]);
    queue.resume();
    await until(() => queue.length === 0);
    expect(sent.map((value) => Number.parseInt(String(value), 10))).to.deep.equal([
      ...Array.from({ length: 16 }, (_, n) => n + 4),
      2,
    ]);
    // What was sent makes room again.
    queue.push(texts.slice(0, 16).map((value) => ({ sample: { value } })));
    await until(() => queue.length === 0);
    expect([queue.dropped, queue.sent]).to.deep.equal([5, 33]);
  });
});
