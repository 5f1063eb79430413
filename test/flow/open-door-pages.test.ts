import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BrokerReaders } from '../kit/broker-readers.ts';
import { faultsInLooks } from '../kit/looks.ts';
import { type RunningPlant, startModbusPlant } from '../kit/plant.ts';
import { builtServer, type ServerProcess, startServer, withoutServer } from '../kit/servers/server-process.ts';
import { telegrafSettings } from '../kit/telegraf.ts';
import type { Visitor } from '../kit/visitor.ts';

const slowly = { timeout: 45_000 };
const machine = (id: string, gateway: string, signals: readonly [source: string, tag: string][]): string => `
      - id: ${id}
        level: work-unit
        name: { zh: ${id} 号, en: ${id} }
        gateway: "${gateway}"
        signals:
${signals.map(([source, tag]) => `          - { role: signal, source: ${JSON.stringify(source)}, tag: ${tag} }`).join('\n')}`;
const plant = `
tenant: { id: acme, name: { zh: 极致, en: Acme } }
assets:
  - id: hall
    level: site
    name: { zh: 一车间, en: Hall }
    children:${[
      machine('press', 'key:telegraf', [
        ['modbus,name=press,slave_id=1,type=holding_register', 'strokes'],
        ['modbus,name=press,slave_id=2,type=input_register', 'energy'],
      ]),
      machine('lathe', 'key:python', [
        ['python,hall=3号 hall\\, north\\=1', 'largest'],
        ['python,hall=3号 hall\\, north\\=1', 'smallest'],
      ]),
      machine('oven', 'key:device', [['device', 'exact']]),
      machine('saw', 'mqtt:things', [['Saw 1', 'exact']]),
    ].join('')}
`;

/** Telegraf, Python's influxdb-client and what speaks ThingsBoard's forms write; people see it. */
describe('flow: what others write through the open doors, in a browser', function () {
  this.timeout(120_000);
  const place = new BrokerReaders();
  let plc: RunningPlant | undefined;
  let telegraf: ServerProcess | undefined;
  let visitors: readonly Visitor[];

  before(async function () {
    await place.require(this);
    const file = builtServer('telegraf-1.37.2/telegraf');
    if (file === undefined) return withoutServer(this, 'Telegraf', 'nothing else: it is to be run here');
    const { broker, python, folder } = place;
    await place.serve(plant, [
      'mqtt:',
      '  brokers:',
      '    - name: things',
      `      url: ${broker.url}`,
      '      thingsBoard: { source: things }',
    ]);
    const { url } = place.cloud;
    plc = await startModbusPlant({ seed: 'doors', speed: 60, ledger: join(folder, 'ledger') });
    await plc.control('/freeze');
    mkdirSync(join(folder, 'telegraf'));
    const settings = join(folder, 'telegraf', 'telegraf.conf');
    writeFileSync(settings, await telegrafSettings({ url, key: await makeKey('telegraf'), port: plc.port }));
    telegraf = await startServer(file, () => ['--config', settings], /Loaded outputs/);
    await python.ask('write-influx.py', { url, key: await makeKey('python'), time: Date.now() - 60_000 });
    const answer = await fetch(`${url}/api/v1/${await makeKey('device')}/telemetry`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"ts":${Date.now()},"values":{"exact":9007199254740993}}`,
    });
    expect(answer.status).to.equal(200);
    await broker.publish('v1/gateway/telemetry', [
      `{"Saw 1":[{"ts":${Date.now()},"values":{"exact":-9007199254740993}}]}`,
    ]);
    visitors = await place.readers();
  });
  after(async () => {
    await telegraf?.stop();
    await plc?.stop();
    await place.stop();
  });

  async function makeKey(name: string): Promise<string> {
    return (await place.api.post<{ key: string }>('/api/v1/api-keys', { name, permissions: ['samples:write'] })).key;
  }

  async function shows(id: string, rows: readonly string[]): Promise<void> {
    const [{ page, open }] = visitors as [Visitor];
    await open(`/machines/hall.${id}`);
    for (const row of rows) {
      await page.locator('[data-panel="signals"] tbody tr', { hasText: row }).waitFor(slowly);
    }
  }

  it('64-bit integers to the last digit on the page of each machine', async () => {
    const registers = [
      { unitId: 1, table: 'holding', address: 120, type: 'uint64', byteOrder: 'ABCD' },
      { unitId: 2, table: 'input', address: 12, type: 'int64', byteOrder: 'ABCD' },
    ];
    const question = { host: '127.0.0.1', port: plc!.port, tags: registers };
    const [strokes, energy] = (await place.python.ask('read-modbus.py', question)) as [string, string];
    await shows('press', [`strokes${strokes}`, `energy${energy}`]);
    await shows('lathe', ['largest9223372036854775807', 'smallest-9223372036854775808']);
    await shows('oven', ['exact9007199254740993']);
    await shows('saw', ['exact-9007199254740993']);
  });

  it('each origin among the gateways, as what it is, sound in every look', async () => {
    const words = [
      ['API 密钥', 'MQTT 代理'],
      ['API key', 'MQTT broker'],
    ];
    for (const [place, visitor] of visitors.entries()) {
      const { page, open } = visitor;
      await open('/gateways');
      visitor.takeFaults();
      const row = (name: string, text: string) => page.locator('[data-gateway]', { hasText: name }).getByText(text);
      for (const name of ['key:telegraf', 'key:python', 'key:device']) {
        await row(name, words[place]![0]!).waitFor(slowly);
      }
      await row('mqtt:things', words[place]![1]!).waitFor(slowly);
      expect(await page.getByText(/first report|首次上报/).count()).to.equal(0);
      expect(await faultsInLooks(visitor, 'gateways-foreign')).to.deep.equal([]);
    }
  });
});
