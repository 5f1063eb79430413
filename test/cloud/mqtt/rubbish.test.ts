import { Backoff } from '@gongfu/shared/base/backoff';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import type { ForeignRow, RowDoor } from '#cloud/doors/row-door';
import { BrokerConnection } from '#cloud/mqtt/broker-connection';
import type { ConnectionStatus } from '#cloud/mqtt/connection-status';
import { MqttBrokers } from '#cloud/mqtt/mqtt-brokers';
import { mqttConfigSchema } from '#cloud/mqtt/mqtt-config';
import { defaultNodeLimits } from '#cloud/mqtt/sparkplug/edge-node';
import { Mosquitto, requireMosquitto } from '../../kit/mosquitto.ts';
import { seededRandom } from '../../kit/seeded-random.ts';
import { field, metricBytes, payloadBytes } from '../../kit/sparkplug-bytes.ts';
import { until } from '../../kit/until.ts';

const mebibyte = 1024 ** 2;

/** What nobody means well with, through a real broker: the good message behind it is taken, over the same connection. */
describe('MQTT: rubbish from a real broker', function () {
  this.timeout(60_000);
  const broker = new Mosquitto();
  const running: { stop(): Promise<void> }[] = [];
  let publisher: BrokerConnection;
  let rows: ForeignRow[];
  /** What the door waits for before it takes anything. */
  let hold: Promise<void>;
  /** How long it then takes for each write, one after the other. */
  let takesMs = 0;
  let turn = Promise.resolve();

  const door: RowDoor = {
    write: async (_origin, written) => {
      await hold;
      turn = turn.then(() => sleep(systemClock, takesMs));
      await turn;
      rows.push(...written);
      return written.map(() => undefined);
    },
  };
  const parts = { clock: systemClock, log: silentLogger };

  before(async function () {
    await requireMosquitto(this);
    await broker.start();
    publisher = new BrokerConnection({
      url: broker.url,
      client: { clientId: 'publisher', protocolVersion: 5 },
      subscriptions: [],
      take: async () => {},
      backoff: new Backoff({ firstMs: 100, maxMs: 100, random: Math.random }),
      ...parts,
    });
    await publisher.start();
    await until(() => publisher.figures.isConnected);
  });
  beforeEach(() => {
    rows = [];
    hold = Promise.resolve();
    takesMs = 0;
  });
  afterEach(() => Promise.all(running.splice(0).map((one) => one.stop())));
  after(async () => {
    await publisher?.stop();
    await broker.remove();
  });

  const say = (topic: string, payload: string | Uint8Array, retain = false) =>
    publisher.publish(topic, Buffer.from(payload as string), { qos: 1, retain });

  /** Connected, with what it is like. */
  async function listening(more: {
    clientId: string;
    version?: number;
    keepAlive?: string;
  }): Promise<(use: string) => ConnectionStatus> {
    const topics = [
      { topic: 'in/{source}/{tag}', payload: 'value', source: '{source}', tag: '{tag}' },
      { topic: 'json/{source}', source: '{source}' },
    ];
    const config = mqttConfigSchema.parse({
      brokers: [
        {
          name: 'plant',
          url: broker.url,
          topics,
          sparkplug: { hostId: more.clientId, reorderTimeout: '60s' },
          ...more,
        },
      ],
    });
    const never = () => () => {};
    const brokers = new MqttBrokers({
      config,
      homeTenantId: 'default',
      tenantExists: async () => true,
      door,
      plant: { signals: () => [], latest: async () => new Map(), onChanged: never, onCommitted: never },
      random: Math.random,
      ...parts,
    });
    running.push(brokers);
    await brokers.start();
    await until(() => brokers.connections().every(({ isConnected }) => isConnected));
    return (use) => brokers.connections().find((one) => one.use === use)!;
  }

  const names = () => rows.map(({ source, name }) => `${source} ${name}`);
  const message = (metrics: readonly Uint8Array[], sequence: number) =>
    payloadBytes({ time: Date.now(), sequence, metrics });
  const value = (name: string) => metricBytes({ name, value: 1 });

  it('Sparkplug: bytes that are cut, changed or random', async () => {
    const state = await listening({ clientId: 'random' });
    const since = state('sparkplug-host').since;
    const seed = 7_001;
    const random = seededRandom(seed);
    const kinds = ['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH'];
    const whole = message([value('a'), metricBytes({ name: 'bdSeq', value: Number.NaN }), value('b')], 0);
    const count = 400;
    for (let n = 0; n < count; n += 1) {
      const kind = kinds[n % kinds.length]!;
      const bytes = Buffer.from(whole.subarray(0, n % 3 === 0 ? Math.floor(random() * whole.length) : whole.length));
      if (n % 3 === 1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      if (n % 3 === 2) for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.floor(random() * 256);
      await say(`spBv1.0/G/${kind}/N${n % 5}${kind.startsWith('D') ? '/D' : ''}`, bytes);
    }
    await say('spBv1.0/G/NBIRTH/good', message([value('after')], 0));
    await until(() => names().includes('G/good after'));
    expect(state('sparkplug-host'), `seed ${seed}`).to.include({ isConnected: true, since });
    expect(state('sparkplug-host').refused).to.be.greaterThan(count / 4);
    expect(state('sparkplug-host').refusal).to.contain('spBv1.0/G/');
  });

  it('Sparkplug: an alias no birth has named, numbers that jump, what is retained, topics of other shapes', async () => {
    await say('spBv1.0/G/NBIRTH/kept', message([value('of long ago')], 0), true);
    const state = await listening({ clientId: 'shapes' });
    const host = () => state('sparkplug-host');
    const { since } = host();
    await until(() => host().refused === 1);
    expect(host().refusal).to.contain('retained');
    const refusedNext = async (topic: string, payload: Uint8Array, reason: string) => {
      const before = host().refused;
      await say(topic, payload);
      await until(() => host().refused > before);
      expect(host().refusal, topic.slice(0, 60)).to.contain(reason);
    };
    const unnamed = message([metricBytes({ alias: 2n ** 63n, value: 1 })], 9);
    await refusedNext('spBv1.0/G/NDATA/blind', unnamed, 'was named by no birth');
    for (const odd of ['G/NDATA', 'G/XDATA/N', '/NDATA/N', 'G/NDATA/N/D', 'G/DDATA/N', 'G/DDATA/N/D/E', 'G//N'])
      await refusedNext(`spBv1.0/${odd}`, message([value('odd')], 0), 'no topic of Sparkplug B');
    const long = 'n'.repeat(65_000);
    await refusedNext(`spBv1.0/G/NBIRTH/${long}`, message([value('long')], 0), 'at most 200');
    for (const sequence of [0, 200, 3, 3, 90, 255, 0])
      await say('spBv1.0/G/NDATA/N', message([value(`n${sequence}`)], sequence));
    await until(() => names().includes('G/N n255'));
    expect(names().filter((name) => /odd|long/.test(name))).to.deep.equal([]);
    expect(host()).to.include({ isConnected: true, since });
    await say('spBv1.0/G/NBIRTH/kept', '', true);
  });

  it('Sparkplug: a million metrics in one message, and as many as may wait for one that is missing', async () => {
    const state = await listening({ clientId: 'million' });
    const before = process.memoryUsage().rss;
    await say('spBv1.0/G/NDATA/N', Buffer.concat(new Array(1_000_000).fill(field(2, ''))));
    await until(() => state('sparkplug-host').refused === 1);
    expect(state('sparkplug-host').refusal).to.contain('1000000 metrics, at most');
    expect(process.memoryUsage().rss - before).to.be.lessThan(200 * mebibyte);
    await say('spBv1.0/G/NBIRTH/N', message([value('n')], 0));
    // The number 1 never comes. With so many metrics nobody waits for it.
    const many = new Array(defaultNodeLimits.heldMetricsMax / 2 + 1).fill(value('n'));
    for (const sequence of [2, 3]) await say('spBv1.0/G/NDATA/N', message(many, sequence));
    await until(() => rows.length === 1 + 2 * many.length);
  });

  it('plain: topics of 64 kB and of odd levels, a text of a megabyte, a message that is too large', async () => {
    const state = await listening({ clientId: 'plain', version: 4 });
    const { since } = state('topics');
    const long = 'x'.repeat(60_000);
    for (const topic of [`in/${long}/t`, `in/s/${long}`, 'in//', 'in/ /t', 'in/s/t/u', 'in/s']) await say(topic, '1');
    await say('in/s/bytes', Uint8Array.of(0xff, 0xfe));
    await until(() => state('topics').refused === 1);
    expect(state('topics').refusal).to.equal('in/s/bytes: not UTF-8');
    await say('in/s/large', Buffer.alloc(4 * mebibyte + 1, 0x31));
    await until(() => state('topics').refused === 2);
    expect(state('topics').refusal).to.contain('a message of 4194305 bytes, at most 4194304');
    await say('json/s', '{"a":1,"b":{"__proto__":2},"constructor":3}');
    await until(() => names().includes('s constructor'));
    expect(names()).to.include.members(['s a', 's b.__proto__']);
    expect(state('topics')).to.include({ isConnected: true, since });
  });

  it('plain: of large messages no more are read than may wait, and none is lost', async () => {
    let release = (): void => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const state = await listening({ clientId: 'heavy', keepAlive: '5s' });
    const { since } = state('topics');
    const large = 'y'.repeat(0.375 * mebibyte);
    const count = 7;
    const said = Promise.all(Array.from({ length: count }, (_, n) => say(`in/heavy${n}/text`, large)));
    await until(() => state('topics').waiting === 3);
    await said;
    expect(state('topics').waiting).to.equal(3);
    // Longer than the broker, and we, would wait for a sign of life; then many that are each read sooner.
    await sleep(systemClock, 8_500);
    takesMs = 2_000;
    release();
    await until(() => rows.length === count);
    expect(new Set(rows.map(({ source }) => source)).size).to.equal(count);
    expect(state('topics')).to.include({ waiting: 0, isConnected: true, since });
  });
});
