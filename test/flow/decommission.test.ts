import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { expect } from 'chai';
import { Pki } from '#edge/drivers/opcua/pki';
import { LocalPassword } from '#edge/health/local-password';
import { openIdentity } from '#edge/uplink/identity';
import { signToken } from '#edge/uplink/token';
import { Api } from '../kit/api.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { counterSource, gatewayConfig, healthOf, isDrained, untilHealth } from '../kit/gateway.ts';
import { type RunningCloud, runProgram, startCloud, startCommand, startEdge } from '../kit/programs.ts';

const bin = 'edge/bin/gongfu-edge.js';

describe('flow: a gateway is taken out of service', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const server = new CountingServer();
  let cloud: RunningCloud;
  let api: Api;
  let sources: string;

  before(async () => {
    sources = counterSource(await server.start());
    cloud = await startCloud({ dataDir: `${data.folder}/cloud` });
    api = new Api(cloud.url);
    await api.signIn(cloud);
  });
  after(async () => {
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  const prepare = (name: string) => {
    const folder = join(data.folder, name);
    const config = gatewayConfig({ name, url: cloud.url, buffer: folder, sources });
    const file = join(data.folder, `${name}.yaml`);
    writeFileSync(file, config);
    const certificates = join(data.folder, `${name}-certificates`);
    mkdirSync(certificates);
    return { folder, config, file, words: ['decommission', '-c', file, '--certificate', certificates], certificates };
  };
  const gateway = async (name: string) => {
    const { items } = await api.get<{ items: { id: string; name: string; status: string }[] }>('/api/v1/gateways');
    return items.find((one) => one.name === name)!;
  };
  const audit = async () => {
    const { items } = await api.get<{ items: Record<string, string>[] }>('/api/v1/audit?action=gateway-decommission');
    return items.map(({ object, outcome, detail }) => [object, outcome, detail]);
  };

  it('delivers the rest, gives its key up, erases all of it and proves it', async () => {
    const { folder, config, file, words, certificates } = prepare('leaving');
    const edge = await startEdge({ config, env: { GONGFU_CODE: await api.code('leaving') } });
    await untilHealth(edge, (health) => isDrained(health) && health.buffer.lastSequence > 3);
    // All it may keep there: with a password of the local page, and the outcome of a reload.
    await new LocalPassword({ folder }).set('a long enough password');
    expect((await runProgram(bin, ['reload', '-c', file])).stderr).to.equal('');
    const own = Pki.at(join(folder, 'drivers', 'pki'));
    await own.acquire();
    await own.release();
    const inUse = await runProgram(bin, [...words, '--yes']);
    expect([inUse.code, inUse.stdout]).to.deep.equal([1, '']);
    expect(inUse.stderr).to.contain('[buffer-in-use]').and.contain(String(edge.process.pid));
    const { lastSequence } = (await healthOf(edge)).buffer;
    expect(await edge.stop()).to.equal(0);

    const asked = await runProgram(bin, words);
    expect(asked.code).to.equal(1);
    expect(asked.stderr).to.contain('[decommission-unconfirmed]').and.contain('--yes');
    const identity = openIdentity(join(folder, 'identity.json'));
    const secret = readFileSync(join(folder, 'identity.json'), 'utf8').match(/"d": "([^"]+)"/)![1]!;

    const done = await runProgram(bin, [...words, '--yes']);
    expect(done, done.stderr).to.include({ code: 0, stderr: '' });
    expect(readdirSync(folder)).to.deep.equal([]);
    expect(done.stdout)
      .to.contain('erased drivers/pki/own/private/private_key.pem')
      .and.match(/proved: a connection with the old key is refused \[gateway-revoked\]/)
      .and.contain('the cloud has acknowledged everything')
      .and.not.contain(secret);
    const files = readdirSync(certificates).sort();
    expect(files.map((name) => name.replace(/\d{8}T\d{6}Z/, 'TIME'))).to.deep.equal([
      'decommission-leaving-TIME.json',
      'decommission-leaving-TIME.txt',
    ]);
    expect(done.stdout).to.contain(readFileSync(join(certificates, files[1]!), 'utf8'));

    const { id, status } = await gateway('leaving');
    expect(status).to.equal('revoked');
    expect(await audit()).to.deep.equal([
      [id, 'done', 'lost=nothing'],
      [id, 'begun', 'lost=nothing'],
    ]);
    const samples = await api.samples(await api.tag('count'));
    const sequences = [...new Set(samples.map(({ sequence }) => sequence))];
    expect(Math.max(...sequences), 'what was written at the stop too').to.be.greaterThan(lastSequence - 1);
    expect(sequences.length).to.equal(Math.max(...sequences));

    // Not by the agent's own word: a key that was copied before is of no use any more.
    const token = await signToken(identity, identity.enrolled!, systemClock, Math.random, 'gongfu-cloud/decommission');
    const late = await fetch(`${cloud.url}/api/v1/decommissions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, lost: null }),
    });
    expect([late.status, ((await late.json()) as { code: string }).code]).to.deep.equal([403, 'gateway-revoked']);

    const again = await runProgram(bin, [...words, '--yes']);
    expect(again).to.include({ code: 0, stderr: '' });
    expect(again.stdout).to.contain('holds nothing of a gateway');
  });

  it('killed in the middle it goes on, and no agent starts in between', async () => {
    const { folder, config, file, words } = prepare('killed');
    const edge = await startEdge({ config, env: { GONGFU_CODE: await api.code('killed') } });
    await untilHealth(edge, isDrained);
    await edge.stop();
    const many = join(folder, 'drivers', 'pki', 'rejected');
    mkdirSync(many, { recursive: true });
    for (let n = 0; n < 600; n += 1) writeFileSync(join(many, `${n}.pem`), 'certificate');

    const { program } = await startCommand(bin, [...words, '--yes'], {}, /^erased drivers\/pki\/rejected/m);
    await program.kill9();
    const left = readdirSync(many).length;
    expect(left, 'it was killed in the middle').to.be.greaterThan(0).and.lessThan(600);
    const refused = await runProgram(bin, ['run', '-c', file]);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.contain('[decommission-unfinished]');

    const done = await runProgram(bin, [...words, '--yes']);
    expect(done, done.stderr).to.include({ code: 0, stderr: '' });
    expect(done.stdout).to.match(/Removed 6\d\d files/);
    expect(readdirSync(folder)).to.deep.equal([]);
    expect((await gateway('killed')).status).to.equal('revoked');
  });
});
