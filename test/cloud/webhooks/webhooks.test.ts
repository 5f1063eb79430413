import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { connectRecords } from '#cloud/records/connect';
import type { Records, WebhookDeliveryRecord } from '#cloud/records/records';
import { isForbidden } from '#cloud/webhooks/destination-guard';
import { gatewayEvents } from '#cloud/webhooks/gateway-events';
import { Outbox } from '#cloud/webhooks/outbox';
import type { EventSource, PlantEvent } from '#cloud/webhooks/plant-events';
import { webhooksConfigSchema } from '#cloud/webhooks/webhook-config';
import { Webhooks } from '#cloud/webhooks/webhooks';
import { FakeClock } from '../../kit/fake-clock.js';
import { until } from '../../kit/until.js';

const secret = 'a secret of sixteen or more';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('webhooks', () => {
  let folder: string;
  let records: Records;
  let server: Server;
  let url: string;
  let answer: number;
  let received: Received[];
  const running: Webhooks[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'webhooks-'));
    records = await connectRecords({ folder, log: silentLogger });
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (text) => {
        body += text;
      });
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(answer, { location: 'http://127.0.0.1:1/' }).end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  beforeEach(async () => {
    answer = 204;
    received = [];
    await records.webhookDeliveries.deleteMany({});
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((webhooks) => webhooks.stop()));
  });
  after(async () => {
    server.close();
    await records.close();
    await rm(folder, { recursive: true });
  });

  const outbox = () => new Outbox({ records, clock: systemClock, random: () => 0.5 });
  const all = () => records.webhookDeliveries.find().lean<WebhookDeliveryRecord[]>();
  const event = (key: string, more: Partial<PlantEvent> = {}): PlantEvent => ({
    tenantId: 'default',
    event: 'gateway.offline',
    key,
    at: 1_000,
    assetId: '',
    data: { key },
    ...more,
  });

  /** A service with one webhook that finds these events at each look. */
  async function run(events: readonly PlantEvent[], more: object = {}): Promise<void> {
    const source: EventSource = { events: ['gateway.offline', 'kpi.shift'], find: async () => [...events] };
    await runWith([{ name: 'mes', url, secret, ...more }], [source]);
  }

  async function runWith(hooks: readonly object[], sources: readonly EventSource[]): Promise<Webhooks> {
    const webhooks = new Webhooks({
      config: webhooksConfigSchema.parse({ allowedHosts: ['127.0.0.1'], hooks }),
      ...{ homeTenantId: 'default', outbox: outbox(), sources },
      ...{ clock: systemClock, log: silentLogger, findEveryMs: 20, sendEveryMs: 20 },
    });
    running.push(webhooks);
    await webhooks.start();
    return webhooks;
  }

  it('sends each event once, signed over time and body, however often it is found', async () => {
    await run([event('a'), event('b')]);
    await until(() => received.length >= 2);
    await Promise.all(running.splice(0).map((webhooks) => webhooks.stop()));
    await run([event('a'), event('b'), event('c')]);
    await until(() => received.length >= 3);
    expect(received.map(({ body }) => JSON.parse(body).data.key)).to.have.members(['a', 'b', 'c']);
    for (const { headers, body } of received) {
      const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['gongfu-signature']))!;
      expect(signature).to.equal(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'));
      expect(headers['gongfu-delivery']).to.equal(JSON.parse(body).id);
      expect(headers['gongfu-event']).to.equal('gateway.offline');
    }
    await until(async () => (await all()).every(({ state }) => state === 'sent'));
  });

  it('tells a webhook only of its events and its assets', async () => {
    const shift = { event: 'kpi.shift', assetId: 'site.line-2.press' } as const;
    await run([event('a'), event('b', shift), event('c', { ...shift, assetId: 'site.line-1' })], {
      events: ['kpi.shift'],
      assets: ['site.line-1'],
    });
    await until(() => received.length >= 1);
    expect((await all()).map(({ body }) => JSON.parse(body).data.key)).to.deep.equal(['c']);
  });

  it('keeps what was not taken, tries later, and shows it', async () => {
    answer = 500;
    await run([event('a')]);
    await until(async () => (await all())[0]?.attempts === 1);
    const [waiting] = await all();
    expect(waiting).to.include({ state: 'waiting', fault: 'answered 500' });
    expect(waiting!.nextAt! - systemClock.now()).to.be.within(1, 5_000);
  });

  it('a redirect is not followed, and who answers 410 is not asked again until somebody says so', async () => {
    answer = 302;
    await run([event('a')]);
    await until(async () => (await all())[0]?.fault === 'answered 302');
    answer = 410;
    await records.webhookDeliveries.updateMany({}, { $set: { nextAt: 0 } });
    await until(async () => (await all())[0]?.state === 'dead');
    answer = 200;
    const [dead] = await all();
    expect(await outbox().revive('elsewhere', dead!._id)).to.equal(false);
    expect(await outbox().revive('default', dead!._id)).to.equal(true);
    await until(async () => (await all())[0]?.state === 'sent');
    expect(received).to.have.length(3);
  });

  it('gives up after thirty tries, ever further apart', async () => {
    const clock = new FakeClock();
    const box = new Outbox({ records, clock, random: () => 1 });
    await box.add({ _id: 'x', tenantId: 'default', hook: 'mes', event: 'gateway.offline', body: '{}' });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 30; attempt += 1) {
      const [delivery] = await all();
      await box.failed(delivery!, { fault: 'no answer', answer: null, isFinal: false });
      const nextAt = (await all())[0]!.nextAt;
      if (nextAt !== null) waits.push(nextAt - clock.now());
    }
    expect(waits.slice(0, 4)).to.deep.equal([5_000, 10_000, 20_000, 40_000]);
    expect(Math.max(...waits)).to.equal(3_600_000);
    expect((await all())[0]).to.include({ state: 'dead', attempts: 30, nextAt: null });
  });

  it('remembers for a day what it told, however much it was, and then the newest thousand', async () => {
    const clock = new FakeClock();
    const box = new Outbox({ records, clock, random: () => 1 });
    const add = (_id: string) => box.add({ _id, tenantId: 'default', hook: 'mes', event: 'kpi.hour', body: '{}' });
    await add('first');
    const [first] = await all();
    const sent = { ...first!, state: 'sent', nextAt: null } as const;
    await records.webhookDeliveries.deleteMany({});
    await records.webhookDeliveries.insertMany(
      Array.from({ length: 1_200 }, (_, n) => ({ ...sent, _id: `told-${n}`, createdAt: sent.createdAt + n })),
    );
    await add('second');
    expect(await box.has('told-0'), 'told again, it would push out another one, and so on for ever').to.equal(true);
    clock.advance(26 * 3_600_000);
    await add('third');
    expect([await box.has('told-199'), await box.has('told-200')]).to.deep.equal([false, true]);
  });

  it('an address that never answers keeps no other waiting, nor does what cannot be found out', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const hook = (name: string, at: string) => ({ name, url: at, secret });
    const dead = hook('dead', `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`);
    const broken: EventSource = { events: ['gateway.offline'], find: () => Promise.reject(new Error('no figures')) };
    const events = Array.from({ length: 20 }, (_, n) => event(`event ${n}`));
    const source: EventSource = { events: ['gateway.offline'], find: async () => events };
    const webhooks = await runWith([dead, hook('mes', url)], [broken, source]);
    await until(() => received.length === 20);
    expect((await all()).filter(({ hook: name }) => name === 'dead').map(({ state }) => state)).to.include('waiting');
    silent.closeAllConnections();
    const stopped = webhooks.stop();
    silent.close();
    silent.closeAllConnections();
    await stopped;
  });

  it('what waits for a webhook that is no longer configured is dead', async () => {
    await outbox().add({ _id: 'x', tenantId: 'default', hook: 'former', event: 'gateway.offline', body: '{}' });
    await run([]);
    await until(async () => (await all())[0]?.state === 'dead');
    expect((await all())[0]!.fault).to.equal('the webhook is no longer configured');
  });

  it('goes nowhere inside: not by address, not by name', async () => {
    const inside = [
      '127.0.0.1',
      '169.254.169.254',
      '::1',
      '::ffff:169.254.169.254',
      'fe80::1%eth0',
      '0.0.0.0',
      '100.100.100.200',
      '168.63.129.16',
    ];
    for (const address of inside) expect(isForbidden(address), address).to.equal(true);
    for (const address of ['10.1.2.3', '192.168.0.7', '203.0.113.9', '2001:db8::1']) {
      expect(isForbidden(address), address).to.equal(false);
    }
    for (const target of ['https://localhost:1/', 'https://169.254.169.254/latest', 'https://[::ffff:a9fe:a9fe]/']) {
      await records.webhookDeliveries.deleteMany({});
      await run([event(target)], { url: target });
      await until(async () => (await all())[0]?.state === 'dead');
      expect((await all())[0]!.fault, target).to.contain('is no place a webhook may go to');
      await Promise.all(running.splice(0).map((webhooks) => webhooks.stop()));
    }
  });

  it('refuses a configuration that would go there in clear', () => {
    const parse = (hook: object, allowedHosts: string[] = []) =>
      webhooksConfigSchema.safeParse({
        allowedHosts,
        hooks: [{ name: 'mes', url: 'https://mes.example/', secret, ...hook }],
      });
    expect(parse({}).success).to.equal(true);
    expect(parse({ url: 'http://mes.example/' }).success).to.equal(false);
    expect(parse({ url: 'http://mes.example/' }, ['mes.example']).success).to.equal(true);
    expect(parse({ url: 'https://u:p@mes.example/' }).success).to.equal(false);
    expect(parse({ secret: 'short' }).success).to.equal(false);
    expect(parse({ secretFile: '/x' }).success).to.equal(false);
  });
});

describe('webhooks: gateways', () => {
  const gateway = {
    gatewayId: 'g',
    name: 'hall-1',
    status: 'enrolled',
    online: true,
    connectedAt: 1,
    lastSeenAt: 5,
  } as const;

  it('one that is silent for a minute is gone, and comes back once', async () => {
    let now = 1_000_000;
    let state: Omit<typeof gateway, 'online' | 'connectedAt' | 'lastSeenAt'> & {
      online: boolean;
      connectedAt: number | null;
      lastSeenAt: number | null;
    } = { ...gateway, lastSeenAt: now };
    const source = gatewayEvents(async () => [state]);
    const found = async () =>
      (await source.find('t', now, async () => false)).map(({ event, key }) => `${event} ${key}`);
    expect(await found()).to.deep.equal([]);
    state = { ...state, online: false, connectedAt: null };
    now += 30_000;
    expect(await found()).to.deep.equal([]);
    now += 31_000;
    expect(await found()).to.deep.equal(['gateway.offline g 1000000']);
    state = { ...state, online: true, connectedAt: now };
    expect(await found()).to.deep.equal([`gateway.online g ${now}`]);
    expect(await found()).to.deep.equal([]);
  });

  it('that was told to be gone before the service began anew is told to be back', async () => {
    const now = 1_000_000;
    const gone = { ...gateway, online: false, connectedAt: null, lastSeenAt: now - 600_000 };
    let state: Omit<typeof gone, 'online' | 'connectedAt'> & { online: boolean; connectedAt: number | null } = gone;
    const source = gatewayEvents(async () => [state]);
    const isKnown = async (event: string, key: string) => event === 'gateway.offline' && key === 'g 400000';
    // The same event again, which whoever was told it is not sent twice.
    expect((await source.find('t', now, isKnown)).map(({ key }) => key)).to.deep.equal(['g 400000']);
    state = { ...gone, online: true, connectedAt: now };
    expect((await source.find('t', now, isKnown)).map(({ event }) => event)).to.deep.equal(['gateway.online']);
  });

  it('has a minute to come back after the service was away itself', async () => {
    let now = 1_000_000;
    const away = { ...gateway, online: false, connectedAt: null, lastSeenAt: now - 600_000 };
    let state: Omit<typeof away, 'online' | 'connectedAt'> & { online: boolean; connectedAt: number | null } = away;
    const source = gatewayEvents(async () => [state]);
    const found = async () => (await source.find('t', now, async () => false)).map(({ event }) => event);
    expect(await found()).to.deep.equal([]);
    now += 30_000;
    state = { ...away, online: true, connectedAt: now };
    expect(await found()).to.deep.equal([]);
    state = away;
    now += 31_000;
    expect(await found()).to.deep.equal(['gateway.offline']);
  });
});
