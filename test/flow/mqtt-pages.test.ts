import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { BrokerReaders } from '../kit/broker-readers.ts';
import { faultsInLooks } from '../kit/looks.ts';
import { SparkplugNode } from '../kit/sparkplug-node.ts';
import { until } from '../kit/until.ts';
import type { Visitor } from '../kit/visitor.ts';

const slowly = { timeout: 45_000 };
const plant = `
tenant: { id: acme, name: { zh: 极致, en: Acme } }
calendars:
  - id: days
    timeZone: Asia/Shanghai
    shifts:
      - { id: day, name: { zh: 白班, en: Day }, start: "08:00", end: "20:00", days: [1, 2, 3, 4, 5, 6, 7] }
      - { id: night, name: { zh: 夜班, en: Night }, start: "20:00", end: "08:00", days: [1, 2, 3, 4, 5, 6, 7] }
stateMappings:
  - { id: plain, states: [{ value: 1, state: running }] }
assets:
  - id: hall
    level: site
    name: { zh: 一车间, en: Hall }
    calendar: days
    gateway: "mqtt:plant"
    children:
      - id: press
        level: work-unit
        name: { zh: 压机, en: Press }
        stateMapping: plain
        plannedCycle: 1s
        signals:
          - { role: state, source: m1, tag: state }
          - { role: total-count, source: m1, tag: counter }
          - { role: signal, source: m1, tag: exact }
          - { role: signal, source: m1, tag: program }
          - { role: signal, source: Plant A/edge-1/press, tag: big }
          - { role: signal, source: Plant A/edge-1/press, tag: vast }
`;

/** What `mosquitto_pub` and a Sparkplug node nobody here wrote send is seen where people look, and so is its broker. */
describe('flow: data of brokers on pages, in a browser', function () {
  this.timeout(120_000);
  const place = new BrokerReaders();
  const { broker } = place;
  let node: SparkplugNode | undefined;
  let visitors: readonly Visitor[];
  let answer = 410;
  const listener = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer).end());
  });

  before(async function () {
    await place.require(this);
    node = new SparkplugNode(place.python);
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    await place.serve(plant, [
      'mqtt:',
      '  brokers:',
      '    - name: plant',
      `      url: ${broker.url}`,
      '      topics: [{ topic: "plant/{machine}/data", source: "{machine}", time: ts }]',
      '      sparkplug: { hostId: gongfu }',
      '    - { name: away, url: "mqtt://127.0.0.1:1", thingsBoard: { source: x } }',
      'webhooks:',
      '  allowedHosts: [127.0.0.1]',
      '  hooks:',
      `    - { name: mes, url: "http://127.0.0.1:${(listener.address() as AddressInfo).port}/", secret: a secret of sixteen or more }`,
    ]);
    await until(async () => (await broker.read('spBv1.0/STATE/gongfu')) !== undefined);
    await node.connect(
      broker.port,
      {},
      { big: ['INT64', '-9007199254740993'], vast: ['UINT64', '18446744073709551615'] },
    );
    await broker.publish('plant/m1/data', [
      `{"ts":${Date.now()},"state":1,"counter":1,"exact":9007199254740993,"program":"-"}`,
    ]);
    for (const tag of ['program', 'vast']) await until(() => place.api.tag(tag).then(Boolean, () => false));
    visitors = await place.readers();
  });
  after(async () => {
    await node?.die();
    await place.stop();
    listener.close();
  });

  it('64-bit integers to the last digit and Chinese text, live on the page of the machine', async () => {
    const [{ page, open }] = visitors as [Visitor];
    await open('/machines/hall.press');
    const row = (value: string) => page.locator('[data-panel="signals"] tbody tr', { hasText: value }).waitFor(slowly);
    await row('big-9007199254740993');
    await row('vast18446744073709551615');
    await row('exact9007199254740993');
    const now = Date.now();
    await broker.publish('plant/m1/data', [`{"ts":${now},"exact":9223372036854775807,"program":"硫化 A1"}`]);
    await row('exact9223372036854775807');
    await row('program硫化 A1');
    await broker.publish('plant/m1/data', [`{"ts":${now + 1},"exact":9223372036854775806}`]);
    await row('exact9223372036854775806');
  });

  it('each connection: connected or why not, in both languages, sound in every look', async () => {
    const words = [
      ['已连接', '该地址和端口没有应答'],
      ['connected', 'nothing answers at this address and port'],
    ];
    for (const [place, visitor] of visitors.entries()) {
      const { page, open } = visitor;
      await open('/administration/brokers');
      visitor.takeFaults();
      for (const use of ['topics', 'sparkplug-host']) {
        const row = page.locator(`tr[data-row="plant ${use}"]`, { hasText: words[place]![0]! });
        await row.waitFor(slowly);
      }
      await page.locator('tr[data-row="away topics"]', { hasText: words[place]![1]! }).waitFor(slowly);
      expect(await faultsInLooks(visitor, 'brokers')).to.deep.equal([]);
    }
  });

  it('a broker that goes is seen to be gone, and back when it is', async () => {
    const [{ page }] = visitors as [Visitor];
    const state = (connected: boolean) => page.locator(`tr[data-row="plant topics"] [data-connected=${connected}]`);
    await state(true).waitFor(slowly);
    await broker.stop();
    await state(false).waitFor(slowly);
    await broker.start();
    await state(true).waitFor(slowly);
    const metrics = await (await fetch(`${place.cloud.url}/metrics`)).text();
    expect(metrics).to.match(/^gongfu_mqtt_connected\{broker="plant",use="topics"\} 1$/m);
    expect(metrics).to.match(/^gongfu_mqtt_connected\{broker="away",use="topics"\} 0$/m);
    expect(metrics).to.match(/^gongfu_mqtt_samples_total\{broker="plant",use="topics"\} 7$/m);
  });

  it('a webhook is pinged: given up and why, tried again, arrived', async () => {
    const [chinese, english] = visitors as [Visitor, Visitor];
    const { page, open } = english;
    await open('/administration/webhooks');
    await page.getByRole('button', { name: 'Send a ping to mes' }).click(slowly);
    const row = (state: string) => page.locator('tr[data-row]', { hasText: 'mesping' }).filter({ hasText: state });
    await row('given up410answered 410').waitFor(slowly);
    expect(await faultsInLooks(english, 'webhooks')).to.deep.equal([]);
    answer = 204;
    await row('given up').getByRole('button', { name: 'Try again' }).click(slowly);
    await row('arrived204').waitFor(slowly);
    await chinese.open('/administration/webhooks');
    chinese.takeFaults();
    await chinese.page.locator('tr[data-row]', { hasText: '已送达204' }).waitFor(slowly);
    expect(await faultsInLooks(chinese, 'webhooks')).to.deep.equal([]);
  });
});
