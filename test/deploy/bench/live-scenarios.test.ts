import { expect } from 'chai';
import { dashboardsBench } from '#deploy/bench/dashboards-bench';
import { queriesBench } from '#deploy/bench/queries-bench';
import { restartBench } from '#deploy/bench/restart-bench';

/** The measurements of `npm run bench`, small: that they measure what they say, not how fast it is. */
describe('bench: live scenarios', function () {
  this.timeout(90_000);

  it('dashboards: paused ones keep nothing from those that read, nor from the store', async () => {
    const options = { normal: 3, paused: 3, updatesPerSecond: 500, tags: 50, seconds: 4 };
    const result = await dashboardsBench(options);
    expect(result.normalConnected).to.equal(3);
    expect(result.stored).to.equal(result.updatesSent);
    expect(result.itemsHeard, 'items at three dashboards').to.be.greaterThan(50 * 3);
    expect(result.ageMs.p50).to.be.within(0, 60_000);
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
