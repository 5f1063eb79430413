import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import { PlainOutlet } from '#cloud/mqtt/plain-outlet';
import { until } from '../../kit/until.ts';

describe('mqtt: samples told to a broker that refuses some', () => {
  const signals = [1, 2].map((tag) => ({
    ...{ tag, kind: 'number' as const, assetId: 'site', name: `signal-${tag}`, unit: '' },
  }));
  const block: SampleBlock = {
    ...{ kind: 'number', count: 4, tags: Uint32Array.of(1, 2, 1, 2), statuses: new Uint32Array(4) },
    ...{ sourceTimes: Float64Array.of(1, 1, 2, 2), values: Float64Array.of(1, 2, 3, 4) },
  };
  function outlet(fault: (topic: string) => Error | undefined) {
    const told: string[] = [];
    const made = new PlainOutlet({
      ...{ enterprise: '', retain: false, waitingMax: 1_000 },
      publish: async (topic, payload) => {
        const error = fault(topic);
        if (error !== undefined) throw error;
        told.push(`${topic} ${(JSON.parse(Buffer.from(payload).toString()) as { value: number }).value}`);
      },
    });
    made.describe(signals);
    made.queue.resume();
    return { made, told };
  }

  it('leaves out what the broker does not allow, says so, and goes on with all others', async () => {
    const refusal = Object.assign(new Error('Publish error: Not authorized'), { code: 135 });
    const { made, told } = outlet((topic) => (topic === 'site/signal-1' ? refusal : undefined));
    made.take([block]);
    await until(() => made.queue.length === 0);
    expect(told).to.deep.equal(['site/signal-2 2', 'site/signal-2 4']);
    expect(made.refusals).to.deep.equal({ refused: 2, refusal: 'site/signal-1: Publish error: Not authorized' });
  });

  it('keeps all while the broker is away, and tells them when it is back', async () => {
    let isAway = true;
    const { made, told } = outlet(() => (isAway ? new Error('the broker is not connected') : undefined));
    made.take([block]);
    await new Promise(setImmediate);
    expect([made.queue.length, made.refusals.refused]).to.deep.equal([4, 0]);
    isAway = false;
    made.queue.resume();
    await until(() => made.queue.length === 0);
    expect(told).to.have.length(4);
  });
});
