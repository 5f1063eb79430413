import { expect } from 'chai';
import { abuseBench } from '#deploy/bench/abuse-bench';
import { dashboardsBench } from '#deploy/bench/dashboards-bench';
import { queriesBench } from '#deploy/bench/queries-bench';
import { restartBench } from '#deploy/bench/restart-bench';

/** The measurements of `npm run bench`, small: that they measure what they say, not how fast it is. */
describe('bench: live scenarios', function () {
  this.timeout(90_000);
  const waitSeconds = { warmUp: 0.1, calm: 0.1, end: 0 };

  it('dashboards: paused ones keep nothing from those that read, nor from the store', async () => {
    const options = { normal: 3, paused: 3, updatesPerSecond: 500, tags: 50, seconds: 4, waitSeconds };
    const result = await dashboardsBench(options);
    expect(result.normalConnected).to.equal(3);
    expect(result.stored).to.equal(result.updatesSent);
    expect(result.itemsHeard, 'items at three dashboards').to.be.greaterThan(50 * 3);
    expect(result.ageMs.p50).to.be.within(0, 60_000);
  });

  it('abuse: each row is refused by its code, and the dashboards stay', async () => {
    const rows = ['smuggled', 'largeMessages', 'revoked'];
    const result = await abuseBench({ rows, seconds: 0.5, waitSeconds });
    const outcomes = Object.fromEntries(rows.map((row) => [row, Object.keys(result.rows[row]!.outcomes)]));
    expect(outcomes).to.deep.equal({
      smuggled: ['400'],
      largeMessages: ['live-message-too-large'],
      revoked: ['live-sign-in-required'],
    });
    expect(rows.map((row) => result.rows[row]!.dashboardsLeft)).to.deep.equal([10, 10, 10]);
  });

  it('restart: everybody is back', async () => {
    const result = await restartBench({ sockets: 30, gateways: 3 });
    expect([result.socketsBack, result.gatewaysBack]).to.deep.equal([30, 3]);
  });

  it('queries: who is too many is told so, and what gateways send is stored', async () => {
    const options = { clients: 60, seconds: 3, samplesStored: 100_000, tags: 20 };
    const result = await queriesBench(options);
    const answers: Record<string, number> = result.answers;
    expect(Object.keys(answers).filter((status) => !['200', '429'].includes(status))).to.deep.equal([]);
    expect(answers['200']).to.be.greaterThan(0);
    expect(result.ingest.batches).to.be.greaterThan(0);
  });
});
