import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { Api, type ApiSample } from '../kit/api.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { counterSource, gatewayConfig, healthOf, isDrained, untilHealth } from '../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';
import { Relay } from '../kit/relay.ts';
import { type InfluxPlace, type InfluxServer, requireInflux } from '../kit/servers/influx-server.ts';
import { type MongoServer, requireMongo } from '../kit/servers/mongo-server.ts';
import { until } from '../kit/until.ts';

/** From the register to the API with the servers of production behind the service, through what befalls them. */
describe('flow: InfluxDB and a MongoDB server behind the service', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const plc = new CountingServer();
  let influx: InfluxServer | undefined;
  let mongo: MongoServer | undefined;
  let relay: Relay;
  let cloud: RunningCloud;
  let edge: RunningEdge;
  let api: Api;
  let place: InfluxPlace;
  let tag: string;
  let allow: (isAllowed: boolean) => Promise<void>;

  before(async function () {
    influx = await requireInflux(this);
    mongo = await requireMongo(this);
    relay = new Relay(influx);
    const theirs = await influx.token();
    place = { ...(await influx.bucket(await relay.start())), token: theirs.token };
    allow = theirs.allow;
    await start();
    // The PLC is in this process: held up by a busy machine it answers late, but never too late.
    const sources = counterSource(await plc.start(), '20ms', '20s');
    const config = gatewayConfig({ name: 'own', url: cloud.url, buffer: `${data.folder}/buffer`, sources });
    edge = await startEdge({ config, env: { GONGFU_CODE: await api.code('own') } });
    await untilHealth(edge, (health) => isDrained(health) && health.buffer.lastSequence > 2);
    tag = await api.tag('count');
  });
  after(async () => {
    relay?.restore();
    await edge?.stop();
    await cloud?.stop();
    await plc.stop();
    await relay?.stop();
    await influx?.stop();
    await mongo?.stop();
    data.remove();
  });

  async function start(port = 0): Promise<void> {
    const { url, token, org, bucket } = place;
    const password = cloud?.password;
    cloud = await startCloud({
      dataDir: `${data.folder}/cloud`,
      port,
      env: {
        ...{ INFLUX_URL: url, INFLUX_TOKEN: token, INFLUX_ORG: org, INFLUX_BUCKET: bucket },
        MONGODB_URI: mongo!.uri(`gongfu-flow-${process.pid}`),
      },
    });
    api = new Api(cloud.url);
    await api.signIn({ user: cloud.user, password: cloud.password ?? password });
  }

  const ready = async () => (await fetch(`${cloud.url}/readyz`)).status;

  /** While nothing can be stored: the gateway holds it, the service says so and answers what does not need the history. */
  async function heldWhile(code: string): Promise<void> {
    await untilHealth(edge, ({ buffer }) => buffer.batches > 3);
    await until(async () => (await ready()) === 503);
    expect((await fetch(`${cloud.url}/healthz`)).status).to.equal(200);
    expect((await api.get<{ items: unknown[] }>('/api/v1/gateways')).items).to.have.length(1);
    await until(() => edge.stderr().includes(code) || cloud.stderr().includes('InfluxDB takes no samples'));
    const metrics = await (await fetch(`${cloud.url}/metrics`)).text();
    expect(Number(/^gongfu_cloud_retried_total (\d+)$/m.exec(metrics)![1])).to.be.above(0);
  }

  async function well(): Promise<void> {
    await untilHealth(edge, isDrained);
    await until(async () => (await ready()) === 200);
  }

  it('loses nothing and doubles nothing while InfluxDB is away, killed, closed to it, and the service restarted', async () => {
    relay.refuse();
    await heldWhile('history-unavailable');
    relay.restore();
    await well();
    await influx!.restart();
    await well();
    await allow(false);
    await heldWhile('history-denied');
    await allow(true);
    await well();
    await cloud.kill9();
    const { port } = new URL(cloud.url);
    await start(Number(port));
    await well();
    await plc.stop();
    await untilHealth(edge, ({ sources }) => sources[0]!.state !== 'connected');
    await wait(200);
    await well();
    const samples = await api.samples(tag);
    const good = samples.filter(({ quality }) => quality === 'good').map(({ value }) => value);
    expect(good).to.deep.equal(Array.from({ length: plc.servedAt.length - 1 }, (_, n) => n + 1));
    expect((await healthOf(edge)).buffer.gapsTotal).to.equal(0);
    await seenByOthers(samples);
  });

  /** What InfluxDB itself says, asked past everything of ours: as many values as the PLC has given numbers. */
  async function seenByOthers(samples: readonly ApiSample[]): Promise<void> {
    const csv = await influx!.query(`from(bucket: "${place.bucket}") |> range(start: 2020-01-01T00:00:00Z)
      |> filter(fn: (r) => r._measurement == "samples_number" and r._field =~ /^v/) |> group() |> distinct() |> count()`);
    const values = samples.filter(({ value }) => value !== null);
    expect(Number(csv.trim().split('\n').at(-1)!.split(',').at(-1))).to.equal(values.length);
  }
});
