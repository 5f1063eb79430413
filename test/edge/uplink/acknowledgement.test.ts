import type { BatchAnswer } from '@gongfu/shared/wire/acknowledgement';
import { expect } from 'chai';
import fc from 'fast-check';
import { AcknowledgementLatency } from '#edge/uplink/acknowledgement-latency';
import { numberBlock } from '#test/kit/batches';
import { FakeClock } from '#test/kit/fake-clock';
import { until } from '#test/kit/until';
import { UplinkStage } from './uplink-stage.ts';

describe('latency of acknowledgements', () => {
  it('is that of the last minute, whatever comes, and null without any', () => {
    const steps = fc.array(fc.record({ pauseMs: fc.nat(20_000), latencyMs: fc.nat(15_000) }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (answers) => {
        const clock = new FakeClock();
        const latency = new AcknowledgementLatency({ clock });
        const model: { at: number; latencyMs: number }[] = [];
        expect(latency.quantiles()).to.equal(null);
        for (const { pauseMs, latencyMs } of answers) {
          clock.advance(pauseMs);
          latency.add(clock.monotonicMs() - latencyMs);
          model.push({ at: clock.monotonicMs(), latencyMs });
          const recent = model.filter(({ at }) => at > clock.monotonicMs() - 60_000).map((one) => one.latencyMs);
          const sorted = recent.sort((a, b) => a - b);
          const { p50, p99 } = latency.quantiles()!;
          expect(p50).to.equal(sorted[Math.ceil(sorted.length / 2) - 1]);
          // Of fewer than a hundred the greatest.
          expect(p99).to.equal(sorted.at(-1));
        }
        clock.advance(60_000);
        expect(latency.quantiles()).to.equal(null);
      }),
    );
  });

  it('keeps the newest when there are more than it has room for', () => {
    const clock = new FakeClock();
    const latency = new AcknowledgementLatency({ clock });
    for (let i = 0; i < 10_000; i += 1) latency.add(clock.monotonicMs() - (i < 5_000 ? 9_000 : i % 100));
    expect(latency.quantiles()).to.deep.equal({ p50: 50, p99: 99 });
  });

  describe('over a connection', () => {
    const stage = new UplinkStage();
    let buffer: UplinkStage['buffer'];
    let cloud: UplinkStage['cloud'];
    let uplink: UplinkStage['uplink'];

    beforeEach(async () => {
      await stage.start({ answerTimeoutMs: 200 });
      ({ buffer, cloud, uplink } = stage);
      await uplink.start();
      await stage.connected();
    });
    afterEach(() => stage.stop());

    const deliver = async (...answers: BatchAnswer[]) => {
      cloud.verdict = () => answers.shift() ?? { outcome: 'stored' };
      uplink.offer(await buffer.append([numberBlock(0, 10)], []));
      await until(() => buffer.state().batches === 0);
    };

    it('counts a batch that was put off from its first sending', async () => {
      expect(uplink.acknowledgementMs).to.equal(null);
      await deliver({ outcome: 'retry', retryAfterMs: 40, code: 'history-busy', detail: '' });
      expect(uplink.acknowledgementMs!.p50).to.be.at.least(40);
    });

    it('counts what is stored, not what is refused', async () => {
      let asked = 0;
      cloud.verdict = () => {
        asked += 1;
        return asked === 1 ? { outcome: 'refused', code: 'batch-undecodable', detail: '' } : undefined;
      };
      uplink.offer(await buffer.append([numberBlock(0, 10)], []));
      // The second is the gap record that names the refused one; it is never answered.
      await until(() => asked === 2);
      expect(uplink.acknowledgementMs).to.equal(null);
      await deliver();
      expect(uplink.acknowledgementMs).to.have.all.keys('p50', 'p99');
    });
  });
});
