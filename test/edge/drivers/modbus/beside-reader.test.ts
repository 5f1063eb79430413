import { systemClock } from '@gongfu/shared/base/clock';
import { expect } from 'chai';
import { BesideReader } from '#edge/drivers/modbus/beside-reader';
import { DriverBench, requireTruth } from './driver-bench.ts';
import { sourceOf } from './fixtures.ts';
import { answerTruth, exceptionOf, RawServer } from './raw-server.ts';

/** Registers hold their own address; of the holding ones 300 to 309 are refused and 400 to 409 are never answered. */
describe('registers read beside the polls', function () {
  this.timeout(60_000);
  const server = new RawServer();
  let bench: DriverBench;

  beforeEach(async () => {
    const port = await server.start();
    server.answer = (request, socket) => {
      const { start, count } = request;
      const touches = (first: number) => start < first + 10 && start + count > first;
      if (touches(400)) return;
      if (touches(300)) socket.write(exceptionOf(request, 2));
      else answerTruth(request, socket);
    };
    bench = new DriverBench(port);
    await bench.driver.start();
    await bench.pollsUntilGood();
    server.requests.length = 0;
    server.connectionsTotal = 0;
  });
  afterEach(async () => {
    await bench.driver.stop();
    await server.stop();
  });

  const reader = (start: number, count: number, keys: object = {}) =>
    new BesideReader({
      source: sourceOf({ ...keys }),
      windows: [{ area: 'holding', start, count }],
      driver: () => bench.driver,
      clock: systemClock,
    });

  it('over the connection of the driver, at most one at a time, and never before a poll that waits', async () => {
    const order: number[] = [];
    const answer = server.answer;
    server.answer = (request, socket) => {
      order.push(request.start);
      setTimeout(() => answer(request, socket), 10);
    };
    const image = reader(0, 250, { registersPerRequestMax: 50 }).image();
    // Both wait behind the first request of the image: the polls, asked for later, go first.
    const polled = Promise.all([bench.poll(), bench.driver.readOne(100)]);
    requireTruth((await polled)[0]);
    expect(order.slice(0, 3)).to.deep.equal([0, 100, 100]);
    const { windows } = await image;
    expect(windows[0]!.words).to.deep.equal(Array.from({ length: 250 }, (_, place) => place));
    expect(server.connectionsTotal).to.equal(0);
  });

  it('finds in halves what the source refuses, says nothing of it in its health, and asks for it once only', async () => {
    const one = reader(290, 30);
    const { windows } = await one.image();
    const known = Array.from({ length: 30 }, (_, place) => (place >= 10 && place < 20 ? null : 290 + place));
    expect(windows[0]!.words).to.deep.equal(known);
    expect(bench.driver.health()).to.deep.equal({ state: 'connected', detail: '' });
    server.requests.length = 0;
    expect((await one.image()).windows[0]!.words).to.deep.equal(known);
    expect(server.requests.some(({ start, count }) => start < 310 && start + count > 300)).to.equal(false);
  });

  it('leaves alone what lets its request go unanswered, and reads the rest', async () => {
    const one = reader(340, 70, { registersPerRequestMax: 60 });
    for (let i = 0; i < 6; i += 1) await one.image().catch(() => undefined);
    expect(server.requests.filter(({ start, count }) => start + count > 400).length).to.be.at.most(2);
    await bench.pollsUntilGood();
    expect((await one.image()).windows[0]!.words.slice(0, 60)).to.deep.equal(
      Array.from({ length: 60 }, (_, place) => 340 + place),
    );
  });

  it('never asks for what is illegal, and no poll of a slow line waits long', async () => {
    const one = reader(0, 100, { illegal: ['holding:40..49'] });
    expect((await one.image()).windows[0]!.words.slice(40, 50)).to.deep.equal(Array(10).fill(null));
    expect(server.requests.some(({ start, count }) => start < 50 && start + count > 40)).to.equal(false);
    const serial = sourceOf({ host: undefined, serial: { path: '/dev/ttyUSB0', baudRate: 9_600 } });
    server.requests.length = 0;
    const slow = new BesideReader({
      source: serial,
      windows: [{ area: 'holding', start: 0, count: 100 }],
      driver: () => bench.driver,
      clock: systemClock,
    });
    await slow.image();
    // 13 characters and two for each register, of 10 bits at 9600 baud, in a tenth of a second.
    expect(Math.max(...server.requests.map(({ count }) => count))).to.be.within(20, 45);
  });
});
