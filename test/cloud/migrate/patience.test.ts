import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import type { MovableHistory } from '#cloud/history/movable-history';
import { Patience } from '#cloud/migrate/patience';
import { patiently } from '#cloud/migrate/patient-history';
import { FakeClock } from '../../kit/fake-clock.ts';

const away = new Problem({ code: 'history-unavailable', detail: 'away', advice: 'Look after it.', reaction: 'retry' });

describe('patience of a move', () => {
  let clock: FakeClock;
  let said: string[];
  let patience: Patience;

  beforeEach(() => {
    clock = new FakeClock();
    said = [];
    patience = new Patience({ limitMs: 600_000, clock, random: () => 0.99, say: (line) => said.push(line) });
  });

  /** Lets the time go by until it is settled. */
  async function settled<T>(answer: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    answer.then(over, over);
    while (!isOver) {
      await new Promise(setImmediate);
      clock.advance(100);
    }
    return answer;
  }

  /** Fails until so much time has gone by. */
  const backAfter = (ms: number, error: Error = away) => {
    return async () => {
      if (clock.monotonicMs() < ms) throw error;
      return 'done';
    };
  };

  it('goes on when what was away is there again, and tells of the waiting twice a minute', async () => {
    expect(await settled(patience.through(backAfter(100_000)))).to.equal('done');
    expect(said[0]).to.equal('waiting (0 s of 600 s): away');
    expect(said.at(-1)).to.match(/^going on after 1\d\d s$/);
    expect(said.length).to.be.within(4, 6);
  });

  it('waits as long as it is asked to, also where that is longer than it would', async () => {
    const busy = new Problem({ ...{ code: 'x', detail: 'busy', advice: '', reaction: 'retry' }, retryAfterMs: 60_000 });
    let asked = 0;
    const step = backAfter(59_000, busy);
    await settled(
      patience.through(() => {
        asked += 1;
        return step();
      }),
    );
    expect(asked).to.equal(2);
  });

  it('ends after its time with what was in the way, and counts anew after each step that passed', async () => {
    for (let step = 1; step <= 3; step += 1) await settled(patience.through(backAfter(clock.monotonicMs() + 500_000)));
    const error = await settled(patience.through(backAfter(Number.POSITIVE_INFINITY))).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Problem).and.include({ code: 'migration-stalled', reaction: 'stop' });
    expect((error as Problem).message).to.equal('nothing could be moved for 600 s: away');
    expect((error as Problem).advice).to.match(/^Look after it\. Then run/);
  });

  it('does not wait for what does not pass by itself', async () => {
    const broken = new Problem({ code: 'history-unreadable', detail: 'broken', advice: '', reaction: 'stop' });
    for (const error of [broken, new Error('bug')]) {
      expect(await patience.through(backAfter(1, error)).catch((reason: unknown) => reason)).to.equal(error);
    }
    expect(said).to.deep.equal([]);
  });

  it('stores a piece once where the answer to it was lost', async () => {
    const mark = { gatewayId: 'migration', epoch: 3, first: 8, last: 8 };
    const stored: unknown[] = [];
    let asked = 0;
    const lossy = {
      restore: async (piece: unknown) => {
        asked += 1;
        if (asked > 1) stored.push(piece);
        if (asked < 3) throw away;
      },
      watermarks: async () => (stored.length > 0 ? [{ ...mark, first: 2, last: 9 }] : [{ ...mark, last: 7, first: 1 }]),
    };
    await settled(patiently(lossy as unknown as MovableHistory, patience).restore({ batches: [], known: [mark] }));
    expect([asked, stored.length]).to.deep.equal([2, 1]);
  });
});
