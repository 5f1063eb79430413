import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { temporaryFolder } from '../../kit/folders.ts';
import { runProgram, startCloud, startCommand } from '../../kit/programs.ts';
import { Relay } from '../../kit/relay.ts';
import { type InfluxPlace, type InfluxServer, requireInflux } from '../../kit/servers/influx-server.ts';
import { type MongoServer, requireMongo } from '../../kit/servers/mongo-server.ts';
import { allOf, cloud, embeddedHistory, keepSmall, serversOf } from './move-place.ts';

const size = { tags: 10, days: 12, salt: 'gateway-a' };

/** What a person does wrong, and what goes wrong beside it: one clear error each, and the source is as it was. */
describe('gongfu-cloud migrate, used wrongly', function () {
  this.timeout(180_000);
  const data = temporaryFolder();
  let influx: InfluxServer | undefined;
  let mongo: MongoServer | undefined;
  let relay: Relay | undefined;
  let old: Awaited<ReturnType<typeof allOf>>;
  let databases = 0;
  const folder = (name: string) => `${data.folder}/${name}`;

  before(async function () {
    influx = await requireInflux(this);
    mongo = await requireMongo(this);
    relay = new Relay(influx);
    await keepSmall(folder('old'), size);
    await keepSmall(folder('other'), { ...size, days: 1, salt: 'gateway-b' });
    old = await allOf(embeddedHistory(folder('old')), size.tags, size.salt);
  });
  after(async () => {
    await relay?.stop();
    await influx?.stop();
    await mongo?.stop();
    data.remove();
  });
  afterEach(async () => {
    expect(await allOf(embeddedHistory(folder('old')), size.tags, size.salt)).to.deep.equal(old);
  });

  async function newServers(address?: InfluxPlace): Promise<Record<string, string>> {
    databases += 1;
    return serversOf(address ?? (await influx!.bucket()), mongo!.uri(`gongfu-bad-${process.pid}-${databases}`));
  }
  const quiet = { LOG_LEVEL: 'error' };
  const move = (servers: Record<string, string>, name = 'old', to = 'servers') =>
    runProgram(cloud, ['migrate', '--to', to], { ...servers, ...quiet, DATA_DIR: folder(name) });
  const begun = (servers: Record<string, string>) => {
    const env = { ...servers, ...quiet, DATA_DIR: folder('old') };
    return startCommand(cloud, ['migrate', '--to', 'servers'], env, /^history \d+ %$/m);
  };

  /** One error with that code, and nothing else. */
  function refused({ code, stderr }: { code: number | null; stderr: string }, problem: string): void {
    expect(stderr).to.contain(`[${problem}]`);
    expect([code, stderr.match(/\[[a-z-]+\]/g)]).to.deep.equal([1, [`[${problem}]`]]);
  }

  it('a target begun by another move, or not ended, or ended', async () => {
    const servers = await newServers();
    const { program } = await begun(servers);
    await program.kill9();
    refused(await move(servers, 'other'), 'migration-other-source');
    const run = { ...servers, ...quiet, DATA_DIR: folder('run'), PORT: '0' };
    refused(await runProgram(cloud, ['run'], run), 'migration-unfinished');
    refused(await move(servers, 'back', 'embedded'), 'migration-unfinished');
    expect((await move(servers)).code).to.equal(0);
    refused(await move(servers), 'migration-target-used');
    const service = await startCloud({ dataDir: folder('run'), env: { ...servers, ...quiet } });
    await service.stop();
  });

  it('a source a service runs on', async () => {
    const service = await startCloud({ dataDir: folder('busy') });
    const { code, stderr } = await move(await newServers(), 'busy');
    await service.stop();
    expect([code, stderr.match(/\[[a-z-]+\]/g)]).to.deep.equal([1, ['[records-in-use]']]);
  });

  it('a server that goes away, and a token whose right is taken, midway; then it goes on', async () => {
    const { token, allow } = await influx!.token();
    const way = await relay!.start();
    const servers = await newServers({ ...(await influx!.bucket(way)), token });
    for (const [fault, mended, problem] of [
      [() => relay!.refuse(), () => relay!.restore(), 'history-unavailable'],
      [() => allow(false), () => allow(true), 'history-denied'],
    ] as const) {
      const { program } = await begun(servers);
      const ended = new Promise((resolve) => program.process.once('close', resolve));
      await fault();
      refused({ code: (await ended) as number, stderr: program.stderr() }, problem);
      await mended();
    }
    const { code, stderr } = await move(servers);
    expect([code, stderr]).to.deep.equal([0, '']);
  });

  it('a full disk at the target', async function () {
    const servers = await newServers();
    // More than the disk holds.
    await keepSmall(folder('heavy'), { ...size, days: 1, salt: 'gateway-h', quarantineBytes: 100_000 });
    expect((await move(servers, 'heavy')).code).to.equal(0);
    const small = temporaryFolder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', small.folder], { stdio: 'ignore' });
    } catch {
      console.log('      skipped: no right to mount a small disk');
      return this.skip();
    }
    try {
      const env = { ...servers, ...quiet, DATA_DIR: small.folder };
      const { code, stderr } = await runProgram(cloud, ['migrate', '--to', 'embedded'], env);
      expect(code).to.equal(1);
      expect(stderr).to.match(/\[(history-unavailable|history-unreadable|records-write-failed)\]/);
    } finally {
      execFileSync('umount', [small.folder]);
      small.remove();
    }
  });
});
