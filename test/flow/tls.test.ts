import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { Authority, type Issued } from '../kit/certificates.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { counterSource, gatewayConfig, isDrained, logLines, untilHealth } from '../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, runProgram, startCloud, startEdge } from '../kit/programs.ts';
import { askTls } from '../kit/tls-request.ts';
import { until } from '../kit/until.ts';

/** Both programs over TLS with certificates of an authority of the test's own: each test goes on where the last one ended. */
describe('flow: TLS and the pinned key of the cloud', function () {
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  const plant = new CountingServer();
  const files = { certificate: `${folder}/cloud.pem`, key: `${folder}/cloud.key`, ca: `${folder}/ca.pem` };
  let authority: Authority;
  let first: Issued;
  let second: Issued;
  let cloud: RunningCloud;
  let edge: RunningEdge | undefined;
  let plantPort: number;
  let port: number;
  let token: string;

  before(async () => {
    plantPort = await plant.start();
    authority = await Authority.make();
    [first, second] = [await authority.issue(), await authority.issue()];
    writeFileSync(files.ca, authority.pem);
    put(first);
    cloud = await startTls(0);
    port = Number(new URL(cloud.url).port);
    const signIn = { user: cloud.user, password: cloud.password };
    token = String((await ask('/api/v1/sessions', signIn)).body.token);
  });
  after(async () => {
    await edge?.stop();
    await cloud?.stop();
    await plant.stop();
    remove();
  });

  function put({ certificate, key }: Issued): void {
    // As a renewal does it: written beside, then moved into place.
    writeFileSync(`${files.certificate}.new`, certificate);
    writeFileSync(`${files.key}.new`, key, { mode: 0o600 });
    renameSync(`${files.certificate}.new`, files.certificate);
    renameSync(`${files.key}.new`, files.key);
  }
  const startTls = (at: number) =>
    startCloud({
      dataDir: `${folder}/cloud`,
      port: at,
      http: `tls: { certificate: ${files.certificate}, key: ${files.key} }`,
    });
  const ask = (path: string, body?: object) =>
    askTls(cloud.url + path, {
      ca: authority.pem,
      ...(body === undefined ? {} : { body }),
      ...(token === undefined ? {} : { token }),
    });
  const code = async () => String((await ask('/api/v1/gateways', { name: 'gw' })).body.code);
  const run = (options: { code?: string; uplink?: string }) => {
    const { code, uplink = `ca: "${files.ca}"` } = options;
    const config = gatewayConfig({
      name: 'gw',
      url: `https://127.0.0.1:${port}`,
      buffer: `${folder}/edge`,
      sources: counterSource(plantPort),
      uplink,
    });
    return startEdge({ config, env: { GONGFU_CODE: code } });
  };
  const pins = () =>
    (JSON.parse(readFileSync(`${folder}/edge/identity.json`, 'utf8')) as { enrolled: { cloudKeys: string[] } }).enrolled
      .cloudKeys;

  it('speaks TLS 1.2 and newer only, and tells browsers to stay with it', async () => {
    expect(cloud.url).to.match(/^https:/);
    const page = await ask('/');
    expect(page.status).to.equal(200);
    expect(page.headers['strict-transport-security']).to.equal('max-age=31536000');
    expect(await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => 'refused')).to.equal('refused');
    const old = await new Promise<string>((resolve) => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        ca: authority.pem,
        maxVersion: 'TLSv1.1',
        minVersion: 'TLSv1',
      });
      socket.on('error', () => resolve('refused')).on('secureConnect', () => resolve('accepted'));
    });
    expect(old).to.equal('refused');
  });

  it('a gateway that does not know the authority says so, and gives nothing away', async () => {
    edge = await run({ code: await code(), uplink: 'pinCloudKey: true' });
    const { uplink } = await untilHealth(edge, (health) =>
      health.uplink.detail.includes('cloud-certificate-untrusted'),
    );
    expect(uplink.detail).to.include('uplink.ca');
    await edge.stop();
    const { items } = (await ask('/api/v1/gateways')).body as { items: unknown[] };
    expect(items).to.deep.equal([]);
  });

  it('enrols, delivers, and keeps the pin of the key', async () => {
    edge = await run({ code: await code() });
    await untilHealth(edge, (health) => isDrained(health) && health.buffer.lastSequence > 3);
    expect(pins()).to.deep.equal([first.pin]);
  });

  it('a certificate of the same authority with another key is refused before anything is said', async () => {
    await cloud.stop();
    let asked = 0;
    let handshakes = 0;
    const impostor = createServer({ cert: second.certificate, key: second.key }, (_request, response) => {
      asked += 1;
      response.end();
    });
    impostor.on('upgrade', (_request, socket) => {
      asked += 1;
      socket.destroy();
    });
    impostor.on('connection', () => {
      handshakes += 1;
    });
    await new Promise<void>((resolve) => impostor.listen(port, '127.0.0.1', resolve));
    try {
      const { uplink } = await untilHealth(edge!, (health) => health.uplink.detail.includes('cloud-key-unknown'));
      expect(uplink.state).to.equal('refused');
      expect(uplink.detail).to.include(second.pin).and.to.include('uplink.cloudKeys').and.to.include('one-time code');
      expect(logLines(edge!, 'cloud-key-unknown')).to.have.length(1);
      expect(handshakes).to.be.greaterThan(0);
      expect(asked, 'requests that reached the impostor').to.equal(0);
    } finally {
      impostor.closeAllConnections();
      await new Promise((resolve) => impostor.close(resolve));
    }
    cloud = await startTls(port);
    // The gateway waits half a minute after a refusal; starting it again asks at once.
    await edge!.stop();
    edge = await run({});
    await untilHealth(edge, isDrained);
  });

  it('a key renewed while the gateway is connected is learnt, and is the only one after the next connection', async () => {
    put(second);
    await until(() => pins().includes(second.pin));
    expect(pins()).to.have.members([first.pin, second.pin]);
    const shown = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', ca: authority.pem }, () => {
        resolve(socket.getPeerX509Certificate()!.toString());
        socket.destroy();
      });
      socket.on('error', reject);
    });
    expect(shown.trim(), 'new connections get the new certificate').to.equal(second.certificate.trim());
    await cloud.stop();
    cloud = await startTls(port);
    await untilHealth(edge!, (health) => isDrained(health) && pins().length === 1);
    expect(pins()).to.deep.equal([second.pin]);
  });

  it('a key changed while the gateway was away needs the new pin in its file, or a new code', async () => {
    await edge!.stop();
    const third = await authority.issue();
    put(third);
    await cloud.stop();
    cloud = await startTls(port);
    edge = await run({});
    await untilHealth(edge, (health) => health.uplink.detail.includes('cloud-key-unknown'));
    await edge.stop();
    edge = await run({ uplink: `ca: "${files.ca}", cloudKeys: ["${third.pin}"]` });
    await untilHealth(edge, isDrained);
    expect(pins()).to.deep.equal([third.pin]);
    await edge.stop();

    put(first);
    await cloud.stop();
    cloud = await startTls(port);
    edge = await run({ code: await code() });
    await untilHealth(edge, isDrained);
    expect(pins()).to.deep.equal([first.pin]);
  });

  it('prepares a gateway with the key to expect', async () => {
    expect((await ask('/api/v1/gateways', { name: 'other' })).body.cloudKeys).to.deep.equal([first.pin]);
  });

  it('does not start with files it cannot serve, and names the fault', async () => {
    writeFileSync(
      `${folder}/bad.yaml`,
      `http: { port: 0, tls: { certificate: ${files.certificate}, key: ${files.ca} } }\ndata: { path: ${folder}/none }\n`,
    );
    const { code: exit, stderr } = await runProgram('cloud/bin/gongfu-cloud.js', ['run', '-c', `${folder}/bad.yaml`], {
      PORT: undefined,
      DATA_DIR: undefined,
    });
    expect(exit).to.equal(1);
    expect(stderr).to.include('tls-file-invalid').and.to.include(files.ca);
    const { edgeExit, edgeText } = await badAuthority();
    expect(edgeExit).to.equal(1);
    expect(edgeText).to.include('uplink-ca-unreadable');
  });

  async function badAuthority(): Promise<{ edgeExit: number | null; edgeText: string }> {
    const config = gatewayConfig({
      name: 'gw',
      url: cloud.url,
      buffer: `${folder}/other-edge`,
      sources: counterSource(plantPort),
      uplink: `ca: "${files.key}"`,
    });
    writeFileSync(`${folder}/edge.yaml`, config);
    const { code, stderr } = await runProgram('edge/bin/gongfu-edge.js', ['run', '-c', `${folder}/edge.yaml`]);
    return { edgeExit: code, edgeText: stderr };
  }
});
