import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { modbusKind } from '#edge/drivers/modbus/kind';
import type { PlannedTag } from '#edge/drivers/modbus/plan';
import { until } from '../../../kit/until.ts';
import { DriverBench, requireTruth, tags } from './driver-bench.ts';
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

  it('asks the other units when the one met first is dead: it does not put the link into back-off', async () => {
    server.answer = (request, socket) => {
      if (request.unitId === 3) answerTruth(request, socket);
    };
    const units = [1, 2, 3].map((unitId) =>
      tagOf({ address: `holding:${unitId}`, type: 'uint16', number: unitId, unitId }),
    );
    const bench = await started(units);
    for (let i = 0; i < 3; i += 1) {
      const statuses = (await bench.poll()).map(({ tag, status }) => [tag, status]);
      expect(statuses).to.deep.equal([
        [1, StatusCode.BadTimeout],
        [2, StatusCode.BadTimeout],
        [3, StatusCode.Good],
      ]);
    }
    expect(server.requests.map(({ unitId }) => unitId)).to.deep.equal([1, 2, 3, 3, 3]);
    expect(bench.driver.health().state).to.equal('connected');
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

  it('has as many requests under way as maxInFlight and connections allow, answered in any order', async () => {
    let waiting: (() => void)[] = [];
    let underWayMax = 0;
    server.answer = (request, socket) => {
      waiting.push(() => answerTruth(request, socket));
      underWayMax = Math.max(underWayMax, waiting.length);
      if (waiting.length < 6) return;
      for (const send of waiting.reverse()) send();
      waiting = [];
    };
    const spread = Array.from({ length: 24 }, (_, i) =>
      tagOf({ address: `input:${i * 200}`, type: 'uint16', number: i * 200 }),
    );
    const bench = await started(spread, { maxInFlight: 3, connections: 2, timeout: '5s' });
    for (let i = 0; i < 5; i += 1) {
      const samples = await bench.poll();
      expect(samples.map(({ tag, value }) => [tag, value])).to.have.deep.members(
        spread.map((t) => [t.number, t.number]),
      );
    }
    expect([underWayMax, server.connectionsTotal]).to.deep.equal([6, 2]);
  });

  it('goes over to the backup when the first address is away, and back again when it answers', async () => {
    const backup = new RawServer();
    const backupPort = await backup.start();
    try {
      const bench = await started(tags, { backup: { host: '127.0.0.1', port: backupPort, probe: '100ms' } });
      requireTruth(await bench.poll());
      expect([server.connectionsTotal, backup.connectionsTotal]).to.deep.equal([1, 0]);
      const { port } = server;
      await server.stop();
      expect(await bench.pollsUntilGood()).to.be.at.most(2);
      expect(bench.driver.health()).to.deep.equal({
        state: 'connected',
        detail: `on the backup 127.0.0.1:${backupPort}`,
      });
      server = new RawServer();
      // Somebody is there and says nothing: the backup stays in use.
      server.answer = () => {};
      await server.start(port);
      await until(() => server.requests.length > 0);
      await bench.poll();
      expect(bench.driver.health().detail).to.match(/on the backup/);
      server.answer = answerTruth;
      await until(() => bench.driver.health().detail === '');
      const before = backup.requests.length;
      requireTruth(await bench.poll());
      expect(bench.writer.samples).to.deep.equal([]);
      expect(backup.requests.length).to.equal(before);
    } finally {
      await backup.stop();
    }
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
