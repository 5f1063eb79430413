import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { type Python, requirePeers } from '../../../kit/python.ts';
import { DriverBench, requireTruth, tags, timeoutMs } from './driver-bench.ts';
import { tagOf } from './fixtures.ts';
import { ForeignSlave } from './foreign-slave.ts';
import { answerTruth, frameOf, RawServer } from './raw-server.ts';

const everyArea = [1, 7].flatMap((unitId) =>
  [
    { address: 'holding:7', type: 'uint32', number: 1 },
    { address: 'input:8', type: 'uint16', number: 2 },
    { address: 'coil:9', type: 'bool', number: 3 },
    { address: 'discrete:10', type: 'bool', number: 4 },
    { address: 'holding:200', type: 'string', length: 240, number: 5 },
  ].map(({ number, ...text }) =>
    tagOf({ ...(text as { address: string; type: 'bool' }), number: 10 * unitId + number, unitId }),
  ),
);

const written = [
  tagOf({ address: 'coil:100', type: 'bool', number: 1, unitId: 7 }),
  tagOf({ address: 'holding:100', type: 'int16', number: 2, unitId: 7 }),
  tagOf({ address: 'holding:101', type: 'float32', byteOrder: 'CDAB', number: 3 }),
  tagOf({ address: 'holding:103', type: 'bool', bit: 9, number: 4 }),
  tagOf({ address: 'holding:104', type: 'uint8', byte: 'high', number: 5 }),
  tagOf({ address: 'holding:105', type: 'string', length: 10, number: 6 }),
];

describe('Modbus lines', function () {
  this.timeout(60_000);
  let python: Python;
  const stops: (() => Promise<void>)[] = [];

  before(async function () {
    python = await requirePeers(this);
  });

  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  async function started(plan = tags, keys: object = {}): Promise<DriverBench> {
    const bench = new DriverBench(1, plan, { port: 502, ...keys });
    stops.push(() => bench.driver.stop());
    await bench.driver.start();
    return bench;
  }

  async function slave(what: Parameters<typeof ForeignSlave.start>[1]): Promise<ForeignSlave> {
    const one = await ForeignSlave.start(python, what);
    stops.push(() => one.stop());
    return one;
  }

  const serial = (path: string) => ({ host: undefined, serial: { path, baudRate: 115_200 } });

  for (const framing of ['tcp', 'rtu', 'ascii'] as const) {
    for (const way of framing === 'tcp' ? ['network'] : ['network', 'terminal']) {
      it(`read every area and two units of pymodbus in framing ${framing} by a ${way}`, async () => {
        const { port, tty } = await slave({ framer: framing === 'tcp' ? 'socket' : framing });
        const bench = await started(everyArea, {
          framing,
          timeout: '2s',
          ...(way === 'network' ? { port } : serial(tty)),
        });
        for (let i = 0; i < 10; i += 1) {
          const samples = await bench.poll();
          expect(samples.map(({ status }) => status)).to.deep.equal(everyArea.map(() => StatusCode.Good));
          const values = new Map(samples.map(({ tag, value }) => [tag, value]));
          for (const unit of [10, 70]) {
            const seen = [1, 2, 3, 4].map((number) => values.get(unit + number));
            expect(seen).to.deep.equal([7 * 65536 + 8, 8, true, false]);
          }
        }
        expect(bench.driver.health()).to.deep.equal({ state: 'connected', detail: '' });
      });

      it(`write by every function to pymodbus in framing ${framing} by a ${way}`, async () => {
        const { port, tty } = await slave({ framer: framing === 'tcp' ? 'socket' : framing });
        const ways = { framing, timeout: '2s', ...(way === 'network' ? { port } : serial(tty)) };
        const [one, many] = [await started(written, ways), await started(written, { ...ways, multipleWrites: true })];
        // A terminal has room for one of them.
        for (const { driver } of way === 'network' ? [one, many] : [one]) {
          for (const [tag, value] of [true, -7, 1.5, true, 0xab, 'Rezept 7', false, 8].map(
            (each, i) => [i + 1, each] as const,
          )) {
            const number = ((tag - 1) % 6) + 1;
            const answer = await driver.write({ tag: number, value, guards: [], permit: () => undefined });
            expect(answer, `tag ${number}`).to.deep.equal({ outcome: 'confirmed', held: value });
            expect(await driver.readOne(number)).to.deep.equal({ status: StatusCode.Good, value });
          }
        }
      });
    }
  }

  it('say that a terminal is not there, or in use by another source', async () => {
    const absent = await started(tags, serial('/dev/gongfu-nowhere'));
    requireTruth(await absent.poll());
    expect(absent.driver.health().state).to.equal('failing');
    expect(absent.driver.health().detail).to.match(/gongfu-nowhere/);
    const { tty } = await slave({ framer: 'rtu' });
    const first = await started(tags, { timeout: '2s', ...serial(tty) });
    requireTruth(await first.poll());
    expect(first.driver.health().state).to.equal('connected');
    const second = await started(tags, serial(tty));
    requireTruth(await second.poll());
    expect(second.driver.health().detail).to.match(/in use by another source or program/);
  });

  it('keep a late answer on a serial line from being taken for the answer to the next request', async () => {
    const server = new RawServer('rtu');
    stops.push(() => server.stop());
    const { tty } = await slave({ port: await server.start() });
    const bench = await started(tags, serial(tty));
    requireTruth(await bench.poll());
    for (const pauseMs of [0, 10, 40]) {
      // The unit answers in its order: first the request given up, whole and with a right CRC, then the one under way.
      server.answer = (given) => {
        server.answer = async (request, socket) => {
          server.answer = answerTruth;
          await sleep(systemClock, pauseMs);
          socket.write(frameOf(given, Buffer.alloc(2 * given.count, 0x5a)));
          await sleep(systemClock, 20);
          answerTruth(request, socket);
        };
      };
      expect((await bench.poll())[0]!.status).to.equal(StatusCode.BadTimeout);
      for (let i = 0; i < 5; i += 1) requireTruth(await bench.poll());
      await sleep(systemClock, timeoutMs);
      expect(await bench.pollsUntilGood()).to.be.at.most(2);
    }
  });

  it('drain a serial line of noise before the next request', async () => {
    const server = new RawServer('rtu');
    stops.push(() => server.stop());
    const { tty } = await slave({ port: await server.start() });
    const bench = await started(tags, serial(tty));
    requireTruth(await bench.poll());
    server.answer = (_, socket) => void socket.write(Buffer.alloc(3000, 0xa5));
    requireTruth(await bench.poll());
    server.answer = answerTruth;
    expect(await bench.pollsUntilGood()).to.be.at.most(2);
  });
});
