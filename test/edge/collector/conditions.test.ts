import { silentLogger } from '@gongfu/shared/base/logger';
import type { ConditionReport } from '@gongfu/shared/wire/condition';
import { expect } from 'chai';
import { ConditionQueue } from '#edge/collector/condition-queue';
import { ManualClock } from './manual-clock.ts';

const told = (time: number, source = 's'): ConditionReport => ({ kind: 'unwatched', source, time });

describe('collector, reports of conditions', () => {
  function queue(sink: (times: number[]) => Promise<{ source: string; fromTime: number; toTime: number }[]>) {
    const clock = new ManualClock();
    const losses: object[] = [];
    const made = new ConditionQueue({
      sink: (reports) => sink(reports.map(({ time }) => time)),
      clock,
      log: silentLogger,
      random: () => 0.5,
      onLost: (loss) => losses.push(loss),
    });
    return { clock, losses, queue: made };
  }

  it('go to the sink soon and together, in their order, one call at a time, also while it refuses them', async () => {
    const calls: number[][] = [];
    let refusals = 2;
    const { clock, queue: made } = queue(async (times) => {
      calls.push(times);
      refusals -= 1;
      if (refusals >= 0) throw new Error('disk full');
      return [];
    });
    made.add(told(1));
    made.add(told(2));
    await clock.advance(10);
    made.add(told(3));
    await clock.advance(10_000);
    expect(calls).to.deep.equal([
      [1, 2],
      [1, 2, 3],
      [1, 2, 3],
    ]);
    made.add(told(4));
    await made.close();
    expect(calls.at(-1)).to.deep.equal([4]);
  });

  it('are named when they had to leave, and when there are more than may wait', async () => {
    const lost = { source: 'a', fromTime: 1, toTime: 2 };
    const first = queue(async () => [lost]);
    first.queue.add(told(1));
    await first.clock.advance(10);
    expect(first.losses).to.deep.equal([lost]);
    const { losses, queue: made } = queue(async () => Promise.reject(new Error('disk full')));
    for (let time = 1; time <= 10_001; time += 1) made.add(told(time, time % 2 === 0 ? 'a' : 'b'));
    expect(losses).to.deep.equal([
      { source: 'b', fromTime: 1, toTime: 999 },
      { source: 'a', fromTime: 2, toTime: 1_000 },
    ]);
  });
});
