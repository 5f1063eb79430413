import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { BatchAnswer } from '@gongfu/shared/wire/acknowledgement';
import { expect } from 'chai';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { Delivery } from '#edge/uplink/delivery';
import { numberBlock } from '#test/kit/batches';
import { FakeClock } from '#test/kit/fake-clock';
import { temporaryFolder } from '#test/kit/folders';
import { until } from '#test/kit/until';

describe('delivery', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  it('sends a batch that was put off when it was asked to, and after a minute at the latest', async () => {
    const buffer = new LmdbBuffer({ folder, capacityBytes: 64 * 2 ** 20, clock: systemClock, log: silentLogger });
    await buffer.start();
    const clock = new FakeClock();
    const sentMs: number[] = [];
    const askedMs = [7_000, 60_000, 86_400_000, 2 ** 40];
    const answers = askedMs.map(
      (retryAfterMs): BatchAnswer => ({ outcome: 'retry', retryAfterMs, code: 'history-unavailable', detail: '' }),
    );
    const delivery = new Delivery({
      buffer,
      hello: { accepted: true, batchesInFlightMax: 1, stored: [] },
      send: async () => {
        sentMs.push(clock.monotonicMs());
        return answers.shift() ?? { outcome: 'stored' };
      },
      onAcknowledged: () => {},
      onBroken: (error) => {
        throw error;
      },
      clock,
      log: silentLogger,
    });
    delivery.begin();
    delivery.offer(await buffer.append([numberBlock(0, 10)], []));
    for (const waitMs of [7_000, 60_000, 60_000, 60_000]) {
      await until(() => clock.waiting === 1);
      const sendings = sentMs.length;
      clock.advance(waitMs - 1);
      expect(sentMs).to.have.length(sendings);
      clock.advance(1);
      expect(sentMs).to.have.length(sendings + 1);
    }
    await until(() => buffer.state().batches === 0);
    expect(sentMs).to.deep.equal([0, 7_000, 67_000, 127_000, 187_000]);
    delivery.end();
    await buffer.stop();
  });
});
