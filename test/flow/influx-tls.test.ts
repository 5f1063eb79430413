import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { Api } from '../kit/api.ts';
import { Authority } from '../kit/certificates.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { runProgram, startCloud } from '../kit/programs.ts';
import { type InfluxPlace, type InfluxServer, influxIn } from '../kit/servers/influx-server.ts';
import { until } from '../kit/until.ts';

describe('flow: an InfluxDB with a certificate of an authority of its own', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const files = {
    certificate: `${data.folder}/influx.pem`,
    key: `${data.folder}/influx.key`,
    ca: `${data.folder}/ca.pem`,
  };
  let server: InfluxServer | undefined;
  let place: InfluxPlace;
  let env: Record<string, string>;

  before(async function () {
    server = await influxIn(this, data.folder);
    place = await server.bucket();
    const authority = await Authority.make();
    const { certificate, key } = await authority.issue();
    writeFileSync(files.ca, authority.pem);
    writeFileSync(files.certificate, certificate);
    writeFileSync(files.key, key, { mode: 0o600 });
    await server.restart(files);
    const { token, org, bucket } = place;
    const url = place.url.replace('http:', 'https:');
    env = { INFLUX_URL: url, INFLUX_TOKEN: token, INFLUX_ORG: org, INFLUX_BUCKET: bucket };
  });
  after(async () => {
    await server?.stop();
    data.remove();
  });

  it('is not trusted by itself: the program ends and says what to do', async () => {
    const { code, stderr } = await runProgram('cloud/bin/gongfu-cloud.js', ['run'], {
      ...env,
      PORT: '0',
      DATA_DIR: `${data.folder}/alone`,
      NODE_EXTRA_CA_CERTS: undefined,
    });
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/history-unavailable/)
      .and.to.match(/certificate/)
      .and.to.include('NODE_EXTRA_CA_CERTS');
  });

  it('is written and read where NODE_EXTRA_CA_CERTS names the authority', async () => {
    const cloud = await startCloud({
      dataDir: `${data.folder}/cloud`,
      env: { ...env, NODE_EXTRA_CA_CERTS: files.ca },
    });
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    const { key } = await api.post<{ key: string }>('/api/v1/api-keys', {
      name: 'own',
      permissions: ['samples:write'],
    });
    const now = Date.now();
    const lines = Array.from({ length: 1_000 }, (_, n) => `press pieces=${n}i ${now - 60_000 + n}000000`);
    const write = `${cloud.url}/api/v2/write?org=any&bucket=any&precision=ns`;
    const send = { method: 'POST', headers: { authorization: `Token ${key}` }, body: lines.join('\n') };
    for (const _ of ['once', 'again']) expect((await fetch(write, send)).status).to.equal(204);
    const { items } = await api.get<{ items: { id: string }[] }>('/api/v1/tags');
    expect(items).to.have.length(1);
    const values = (await api.samples(items[0]!.id)).map(({ value }) => Number(value));
    expect(values).to.deep.equal(lines.map((_, n) => n));
    await until(async () => (await fetch(`${cloud.url}/readyz`)).status === 200);
    await cloud.stop();
    // Past everything of ours, and without TLS again.
    await server!.restart();
    const found = await server!.query(`from(bucket: "${place.bucket}") |> range(start: 0)
      |> filter(fn: (r) => r._measurement =~ /^samples_/) |> group() |> count()`);
    expect(found).to.match(/,1000\r/);
  });
});
