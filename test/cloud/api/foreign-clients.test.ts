import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { startModbusPlant } from '../../kit/plant.ts';
import { requirePeers } from '../../kit/python.ts';
import { builtServer, type ServerProcess, startServer, withoutServer } from '../../kit/servers/server-process.ts';
import { telegrafSettings } from '../../kit/telegraf.ts';
import { until } from '../../kit/until.ts';
import { ServiceFixture, userNames } from '../access/service-fixture.ts';

type Shown = string | number | boolean | null;

const start = Date.UTC(2026, 10, 23);

describe('open ingest by clients nobody here wrote', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  let administrator: string;

  before(async () => {
    await service.start();
    administrator = await service.tokenOf(userNames.administrator);
  });
  after(() => service.stop());

  async function makeKey(name: string): Promise<string> {
    const body = { name, permissions: ['samples:write'] };
    return String((await service.ask('post', '/api/v1/api-keys', { token: administrator, body })).body.key);
  }

  /** Times and values of the tag of that name, of all sources whose name begins so. */
  async function stored(source: string, name: string): Promise<[number, Shown][]> {
    const { body } = await service.ask('get', '/api/v1/tags?limit=10000', { token: administrator });
    const tags = body.items as { id: string; source: string; name: string }[];
    const tag = tags.find((one) => one.source.startsWith(source) && one.name === name);
    if (tag === undefined) return [];
    const range = `from=${start - 1}&to=4000000000000&limit=5000`;
    const page = await service.ask('get', `/api/v1/tags/${tag.id}/samples?${range}`, { token: administrator });
    const samples = page.body.items as { sourceTime: string; value: Shown }[];
    return samples.map(({ sourceTime, value }) => [Date.parse(sourceTime), value]);
  }

  it("Python's influxdb-client: exact, each once, and told what is wrong", async function () {
    const python = await requirePeers(this);
    const key = await makeKey('python');
    const told = (await python.ask('write-influx.py', { url: service.url, key, time: start })) as {
      ping: boolean;
      health: string;
      wrong: [number, string];
    };
    expect([told.ping, told.health, told.wrong[0]]).to.deep.equal([true, 'pass', 400]);
    expect(told.wrong[1]).to.match(/^partial write: 2 stored, 1 rejected: line 2: line-unreadable: /);
    const once = async (name: string) => (await stored('python,hall=', name)).map(([, value]) => value);
    expect(await once('largest')).to.deep.equal(['9223372036854775807']);
    expect(await once('smallest')).to.deep.equal(['-9223372036854775808']);
    expect(await once('float')).to.deep.equal([0.1]);
    expect(await once('flag')).to.deep.equal([true]);
    expect(await once('name')).to.deep.equal(['A "quoted" \\ text\nof two lines']);
    const batch = await stored('batch', 'count');
    expect(batch).to.deep.equal(Array.from({ length: 2_000 }, (_, at) => [start + at, String(at)]));
  });

  it('Telegraf: reads a PLC and writes here, each sample once, though answers are lost on the way', async function () {
    const file = builtServer('telegraf-1.37.2/telegraf');
    if (file === undefined) return withoutServer(this, 'Telegraf', 'nothing else: it is to be run here');
    const python = await requirePeers(this);
    const folder = await mkdtemp(join(tmpdir(), 'telegraf-'));
    const plant = await startModbusPlant({ seed: 'telegraf', speed: 60, ledger: join(folder, 'ledger') });
    const road = new LossyRoad(service.url);
    let telegraf: ServerProcess | undefined;
    try {
      await plant.control('/freeze');
      const settings = await telegrafSettings({
        url: await road.start(),
        key: await makeKey('telegraf'),
        port: plant.port,
      });
      await writeFile(join(folder, 'telegraf.conf'), settings);
      telegraf = await startServer(file, () => ['--config', join(folder, 'telegraf.conf')], /Loaded outputs/);
      await until(() => road.lost > 2 && road.passed > 4);
      await telegraf.stop();
      const tags = [
        { unitId: 1, table: 'holding', address: 120, type: 'uint64', byteOrder: 'ABCD' },
        { unitId: 2, table: 'input', address: 12, type: 'int64', byteOrder: 'ABCD' },
      ];
      const expected = (await python.ask('read-modbus.py', { host: '127.0.0.1', port: plant.port, tags })) as Shown[];
      for (const [place, name] of ['strokes', 'energy'].entries()) {
        const samples = await stored('modbus,', name);
        expect(samples.length, name).to.be.greaterThan(4);
        expect(new Set(samples.map(([time]) => time)).size, `${name} once`).to.equal(samples.length);
        expect(new Set(samples.map(([, value]) => value)), name).to.deep.equal(new Set([expected[place]]));
      }
    } finally {
      await telegraf?.stop();
      await road.stop();
      await plant.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Lets every request through, and loses the answer of each other one: who sent it must send it again. */
class LossyRoad {
  readonly #target: string;
  readonly #server: Server;
  #turn = 0;
  lost = 0;
  passed = 0;

  constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      void (async () => {
        const { authorization = '', 'content-encoding': encoding = 'identity' } = request.headers;
        const headers = { authorization, 'content-encoding': encoding };
        const body = await buffer(request);
        const answer = await fetch(this.#target + (request.url ?? ''), { method: 'POST', headers, body });
        this.#turn += 1;
        if (this.#turn % 2 === 1) {
          this.lost += 1;
          request.socket.destroy();
          return;
        }
        if (answer.status === 204) this.passed += 1;
        response.writeHead(answer.status);
        response.end(await answer.text());
      })();
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
