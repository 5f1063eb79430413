import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Api } from '../../kit/api.ts';
import { CountingServer } from '../../kit/counting-server.ts';
import { temporaryFolder } from '../../kit/folders.ts';
import { counterSource, gatewayConfig, healthOf, isDrained, untilHealth } from '../../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, runProgram, startCloud, startEdge } from '../../kit/programs.ts';

const run = promisify(execFile);

describe('backup of a running service', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const server = new CountingServer();
  const live = join(data.folder, 'live');
  let cloud: RunningCloud;
  let edge: RunningEdge | undefined;

  before(async () => {
    cloud = await startCloud({ dataDir: live });
  });
  after(async () => {
    await edge?.stop();
    await cloud.stop();
    await server.stop();
    data.remove();
  });

  const backup = (folder: string, env: Record<string, string> = { DATA_DIR: live }) =>
    runProgram('cloud/bin/gongfu-cloud.js', ['backup', folder], env);

  it('is taken while a gateway sends, and put back it is that service at that moment; the rest comes as it came', async () => {
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    const source = counterSource(await server.start(), '20ms');
    const config = gatewayConfig({
      name: 'line',
      url: cloud.url,
      buffer: join(data.folder, 'buffer'),
      sources: source,
    });
    edge = await startEdge({ config, env: { GONGFU_CODE: await api.code('line') } });
    await untilHealth(edge, (health) => isDrained(health) && health.buffer.lastSequence > 20);

    const folder = join(data.folder, 'backups', 'one');
    const { code, stdout, stderr } = await backup(folder);
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/^backup=\S+\/one taken=\S+Z parts=history,records$/m);
    expect(JSON.parse(readFileSync(join(folder, 'backup.json'), 'utf8')).parts).to.deep.equal(['history', 'records']);

    const after = (await healthOf(edge)).buffer.lastSequence;
    await untilHealth(edge, (health) => isDrained(health) && health.buffer.lastSequence > after + 5);
    await edge.stop();
    edge = undefined;
    const all = await api.samples(await api.tag('count'));

    const restored = join(data.folder, 'restored');
    await cp(folder, restored, { recursive: true });
    const second = await startCloud({ dataDir: restored });
    try {
      const other = new Api(second.url);
      // The people, the tags and what their numbers mean are those of the moment.
      await other.signIn({ user: cloud.user, password: cloud.password });
      const found = await other.samples(await other.tag('count'));
      expect(found.length).to.be.greaterThan(20).and.lessThan(all.length);
      expect(found).to.deep.equal(all.slice(0, found.length));
    } finally {
      await second.stop();
    }
  });

  it('is refused with a reason, and leaves nothing', async () => {
    const used = join(data.folder, 'used');
    mkdirSync(used);
    writeFileSync(join(used, 'mine'), '');
    const answers = [
      await backup(used),
      await backup('/proc/nowhere/at/all'),
      await backup(join(data.folder, 'x'), { DATA_DIR: data.folder }),
    ];
    expect(answers.map(({ code }) => code)).to.deep.equal([1, 1, 1]);
    const codes = ['backup-folder-used', 'backup-failed', 'service-not-running'];
    for (const [place, code] of codes.entries()) expect(answers[place]!.stderr).to.contain(`[${code}]`);
    expect(existsSync(`${used}.unfinished`) || existsSync(join(data.folder, 'x'))).to.equal(false);
  });

  it('is for the user of the service only', async () => {
    expect(statSync(join(live, 'backup.sock')).mode & 0o077).to.equal(0);
    const { stdout } = await run('stat', ['-c', '%a', join(data.folder, 'backups', 'one')]);
    expect(stdout.trim()).to.equal('700');
  });
});
