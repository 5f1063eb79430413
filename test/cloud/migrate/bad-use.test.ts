import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { AnsweringProxy, type Rule } from '../../kit/answering-proxy.ts';
import { temporaryFolder } from '../../kit/folders.ts';
import { runProgram, startCloud, startCommand } from '../../kit/programs.ts';
import { Relay } from '../../kit/relay.ts';
import { type InfluxPlace, type InfluxServer, requireInflux } from '../../kit/servers/influx-server.ts';
import { type MongoServer, requireMongo } from '../../kit/servers/mongo-server.ts';
import { until } from '../../kit/until.ts';
import { influxStore } from '../history/influx/store-place.ts';
import { allOf, cloud, embeddedHistory, keepSmall, serversOf } from './move-place.ts';

const size = { tags: 10, days: 12, salt: 'gateway-a' };

/** What a person does wrong, and what goes wrong beside it: one clear error each, and the source is as it was. */
describe('gongfu-cloud migrate, used wrongly', function () {
  this.timeout(180_000);
  const data = temporaryFolder();
  let influx: InfluxServer | undefined;
  let mongo: MongoServer | undefined;
  let proxy: AnsweringProxy | undefined;
  let relay: Relay | undefined;
  let old: Awaited<ReturnType<typeof allOf>>;
  let databases = 0;
  const folder = (name: string) => `${data.folder}/${name}`;

  before(async function () {
    influx = await requireInflux(this);
    mongo = await requireMongo(this);
    proxy = new AnsweringProxy(influx);
    relay = new Relay(mongo);
    await keepSmall(folder('old'), size);
    await keepSmall(folder('other'), { ...size, days: 1, salt: 'gateway-b' });
    old = await allOf(embeddedHistory(folder('old')), size.tags, size.salt);
  });
  after(async () => {
    proxy?.stop();
    await relay?.stop();
    await influx?.stop();
    await mongo?.stop();
    data.remove();
  });
  afterEach(async () => {
    expect(await allOf(embeddedHistory(folder('old')), size.tags, size.salt)).to.deep.equal(old);
  });

  async function newServers(address?: InfluxPlace, mongoPort?: number): Promise<Record<string, string>> {
    databases += 1;
    const uri = mongo!.uri(`gongfu-bad-${process.pid}-${databases}`, mongoPort);
    return serversOf(address ?? (await influx!.bucket()), uri);
  }
  const quiet = { LOG_LEVEL: 'error' };
  const move = (servers: Record<string, string>, name = 'old', to = 'servers') =>
    runProgram(cloud, ['migrate', '--to', to], { ...servers, ...quiet, DATA_DIR: folder(name) });
  const begun = (servers: Record<string, string>, ...more: string[]) => {
    const env = { ...servers, ...quiet, DATA_DIR: folder('old') };
    return startCommand(cloud, ['migrate', '--to', 'servers', ...more], env, /^history \d+ %$/m);
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

  it('servers that are away, too busy or let nobody in, again and again: it waits each time and goes on', async () => {
    const place = await influx!.bucket();
    const viaProxy = { ...place, url: `http://127.0.0.1:${await proxy!.start()}` };
    const servers = await newServers(viaProxy, await relay!.start());
    const { program } = await begun(servers);
    const ended = new Promise((resolve) => program.process.once('close', resolve));
    const faults: Rule[] = [
      () => ({ status: 429, headers: { 'retry-after': '1' } }),
      () => ({ status: 503 }),
      () => Promise.reject(new Error('reset')),
      () => ({ status: 401, body: '{"code":"unauthorized","message":"not now"}' }),
      async (request) => {
        const answer = await request.forward();
        if (!answer.body) throw new Error('the answer is lost');
        return { ...answer, cutAt: answer.body.length >>> 1 };
      },
    ];
    const goneOn = () => program.stderr().match(/^going on after \d+ s$/gm)?.length ?? 0;
    let [asked, used] = [0, 0];
    proxy!.rule = (request) => {
      asked += 1;
      // One after the other: a step of many requests meets one.
      const fault = asked < 12 || goneOn() < used ? undefined : faults[used];
      if (fault === undefined) return request.forward();
      [asked, used] = [0, used + 1];
      return fault(request);
    };
    // The last thing it does is to tell the records that it has ended.
    relay!.refuse();
    await until(() => program.stderr().includes('MongoDB'));
    relay!.restore();
    expect(await ended).to.equal(0);
    const waited = program.stderr().match(/^waiting .*/gm)!;
    expect([waited.length, goneOn()]).to.deep.equal([faults.length + 1, faults.length + 1]);
    for (const why of [/429/, /503/, /hang up|ECONNRESET/, /not now/]) expect(waited.join('\n')).to.match(why);
    expect(await allOf(influxStore({ address: place }), size.tags, size.salt)).to.deep.equal(old);
  });

  it('a server that stays away: it ends after its patience, and goes on when it is started again', async () => {
    const { token, allow } = await influx!.token();
    const servers = await newServers({ ...(await influx!.bucket()), token });
    const { program } = await begun(servers, '--patience', '1s');
    const ended = new Promise((resolve) => program.process.once('close', resolve));
    await allow(false);
    refused({ code: (await ended) as number, stderr: program.stderr() }, 'migration-stalled');
    expect(program.stderr()).to.include('INFLUX_TOKEN');
    await allow(true);
    const { code, stderr } = await move(servers);
    expect([code, stderr]).to.deep.equal([0, '']);
    const nonsense = await runProgram(cloud, ['migrate', '--to', 'servers', '--patience', '10'], servers);
    expect(nonsense.code).to.equal(1);
    expect(nonsense.stderr).to.include('must be a duration');
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
      const { code, stderr } = await runProgram(cloud, ['migrate', '--to', 'embedded', '--patience', '1s'], env);
      expect(code).to.equal(1);
      expect(stderr).to.match(/\[(migration-stalled|history-unreadable|records-write-failed)\]/);
    } finally {
      execFileSync('umount', [small.folder]);
      small.remove();
    }
  });
});
