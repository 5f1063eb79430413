import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { until } from '../../../kit/until.ts';
import { DriverBench, requireTruth, tags } from './driver-bench.ts';
import { answerTruth, frameOf, RawServer } from './raw-server.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('Modbus sources that dial in', () => {
  const stops: (() => unknown)[] = [];
  let port: number;

  beforeEach(async () => {
    port = await freePort();
  });

  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function waiting(listen: object = {}, keys: object = {}): Promise<DriverBench> {
    const bench = new DriverBench(502, tags, {
      host: undefined,
      listen: { host: '127.0.0.1', port, ...listen },
      ...keys,
    });
    stops.push(() => bench.driver.stop());
    await bench.driver.start();
    await sleep(systemClock, 20);
    return bench;
  }

  /** A modem with its slave behind. */
  async function dial(device: RawServer, registration = ''): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    stops.push(() => socket.destroy());
    await once(socket, 'connect');
    if (registration !== '') socket.write(registration);
    device.serve(socket);
    return socket;
  }

  const good = async (bench: DriverBench) => {
    await until(async () => (await bench.poll())[0]!.status === StatusCode.Good);
    for (let i = 0; i < 5; i += 1) requireTruth(await bench.poll());
  };

  it('are read as soon as they have called, in RTU unless told', async () => {
    const bench = await waiting();
    expect((await bench.poll())[0]!.status).to.equal(StatusCode.BadNoCommunication);
    expect(bench.driver.health().detail).to.match(/no device has dialled in|dialling in/);
    await dial(new RawServer('rtu'));
    await good(bench);
    expect(bench.driver.health()).to.deep.equal({ state: 'connected', detail: '' });
  });

  it('may speak Modbus TCP', async () => {
    const bench = await waiting({}, { framing: 'tcp' });
    await dial(new RawServer('tcp'));
    await good(bench);
  });

  it('are told apart by what they say first, cut as it may be; a stranger is shown out', async () => {
    const east = await waiting({ registration: 'modem-east' });
    const west = await waiting({ registration: 'modem-west' });
    const devices = [new RawServer('rtu'), new RawServer('rtu')] as const;
    const socket = await dial(devices[0], 'modem-w');
    await sleep(systemClock, 20);
    socket.write('est');
    await dial(devices[1], 'modem-east');
    await good(east);
    await good(west);
    expect([devices[0].requests.length, devices[1].requests.length]).to.satisfy((counts: number[]) =>
      counts.every((n) => n > 5),
    );
    const stranger = connect(port, '127.0.0.1');
    stranger.on('error', () => {});
    stranger.write('GET / HTTP/1.1\r\n');
    await once(stranger, 'close');
    requireTruth(await west.poll());
  });

  it('replace their own older connection when they call again', async () => {
    const bench = await waiting({ registration: 'hex:4d01' });
    const device = new RawServer('rtu');
    const first = await dial(device, 'M\u0001');
    await good(bench);
    device.answer = () => {};
    const second = new RawServer('rtu');
    await dial(second, 'M\u0001');
    await until(() => first.destroyed);
    await good(bench);
    expect(second.requests.length).to.be.at.least(5);
  });

  it('may send a sign of life of their own at any time', async () => {
    const bench = await waiting({ keepAlive: 'alive' });
    const device = new RawServer('rtu');
    const socket = await dial(device);
    await good(bench);
    device.answer = (request, to) => {
      to.write('alive');
      to.write(
        Buffer.concat([Buffer.from('alive'), frameOf(request, Buffer.from(tags.flatMap((tag) => [0, tag.number])))]),
      );
    };
    for (let i = 0; i < 20; i += 1) {
      socket.write('alive');
      const samples = await bench.poll();
      requireTruth(samples);
      expect(samples[0]!.status).to.equal(StatusCode.Good);
    }
    device.answer = answerTruth;
    expect(device.connectionsTotal).to.equal(1);
  });

  it('are not heard when the port is taken, and the source says so', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const bench = await waiting();
    requireTruth(await bench.poll());
    expect(bench.driver.health().state).to.equal('failing');
    expect(bench.driver.health().detail).to.match(/EADDRINUSE/);
    other.close();
    await once(other, 'close');
    await until(async () => {
      await bench.poll();
      return !bench.driver.health().detail.includes('EADDRINUSE');
    });
    await dial(new RawServer('rtu'));
    await good(bench);
  });
});
