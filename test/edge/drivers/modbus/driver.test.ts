import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { modbusKind } from '#edge/drivers/modbus/kind';
import type { PlannedTag } from '#edge/drivers/modbus/plan';
import { DriverBench, tags } from './driver-bench.ts';
import { sourceOf, tagOf } from './fixtures.ts';
import { answerTruth, RawServer } from './raw-server.ts';

describe('Modbus driver', () => {
  let server: RawServer;
  const benches: DriverBench[] = [];

  async function started(plan?: readonly PlannedTag[], keys?: object): Promise<DriverBench> {
    const bench = new DriverBench(server.port || (await server.start()), plan, keys);
    benches.push(bench);
    await bench.driver.start();
    return bench;
  }

  beforeEach(() => {
    server = new RawServer();
  });

  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.driver.stop();
    await server.stop();
  });

  it('starts without a source, says so in every sample, and does not wait for a time-out to say it', async () => {
    await server.start();
    await server.stop();
    const bench = await started();
    for (let i = 0; i < 3; i += 1) {
      const samples = await bench.poll();
      expect(samples).to.have.lengthOf(10);
      expect(samples[0]!.status).to.equal(StatusCode.BadNoCommunication);
    }
    await bench.driver.stop();
    expect(bench.driver.health().state).to.equal('stopped');
  });

  it('leaves the other units alone when one does not answer', async () => {
    server.answer = (request, socket) => {
      if (request.unitId !== 2) answerTruth(request, socket);
    };
    const units = [1, 2, 3].map((unitId) =>
      tagOf({ address: `holding:${unitId}`, type: 'uint16', number: unitId, unitId }),
    );
    const bench = await started(units);
    for (let i = 0; i < 4; i += 1) {
      const statuses = (await bench.poll()).map(({ tag, status }) => [tag, status]);
      expect(statuses).to.deep.equal([
        [1, StatusCode.Good],
        [2, StatusCode.BadTimeout],
        [3, StatusCode.Good],
      ]);
    }
    expect(server.requests.filter(({ unitId }) => unitId === 2)).to.have.lengthOf(1);
    expect(bench.driver.health()).to.deep.include({ state: 'connected' });
    expect(bench.driver.health().detail).to.match(/unit 2/);
  });

  it('has one request under way, however many groups are polled', async () => {
    let underWay = 0;
    let underWayMax = 0;
    server.answer = (request, socket) => {
      underWay += 1;
      underWayMax = Math.max(underWayMax, underWay);
      systemClock.after(5, () => {
        underWay -= 1;
        answerTruth(request, socket);
      });
    };
    const spread = Array.from({ length: 12 }, (_, i) =>
      tagOf({ address: `input:${i * 200}`, type: 'uint16', number: i * 200, intervalMs: 100 * (1 + (i % 4)) }),
    );
    const bench = await started(spread);
    await Promise.all(bench.driver.groups.map((group) => bench.driver.poll(group)));
    const samples = bench.writer.take();
    expect(samples).to.have.lengthOf(12);
    for (const { tag, value } of samples) expect(value).to.equal(tag);
    expect(underWayMax).to.equal(1);
  });

  it('reads all four areas of one source', async () => {
    const mixed = [
      tagOf({ address: 'holding:7', type: 'uint32', number: 1 }),
      tagOf({ address: 'input:8', type: 'uint16', number: 2 }),
      tagOf({ address: 'coil:9', type: 'bool', number: 3 }),
      tagOf({ address: 'discrete:10', type: 'bool', number: 4 }),
    ];
    const bench = await started(mixed);
    const values = (await bench.poll()).map(({ tag, value }) => [tag, value]);
    expect(values).to.deep.equal([
      [1, 7 * 65536 + 8],
      [2, 8],
      [3, true],
      [4, false],
    ]);
  });

  it('stamps the middle of request and answer', async () => {
    server.answer = (request, socket) => void systemClock.after(40, () => answerTruth(request, socket));
    const bench = await started();
    await bench.poll();
    const before = systemClock.now();
    const samples = await bench.poll();
    const after = systemClock.now();
    expect(samples[0]!.time).to.be.closeTo((before + after) / 2, 15);
  });

  it('ends a poll under way when it is stopped, and leaves nothing behind', async () => {
    server.answer = () => {};
    const bench = await started(tags, { timeout: '30s' });
    const poll = bench.poll();
    while (server.requests.length === 0) await sleep(systemClock, 5);
    await bench.driver.stop();
    expect((await poll).every(({ call }) => call === 'bad')).to.equal(true);
  });

  it('is loaded by its kind only when asked for', async () => {
    const open = await modbusKind.load();
    expect(open).to.be.a('function');
    expect(modbusKind.plan(sourceOf(), tags)).to.have.lengthOf(1);
  });
});
