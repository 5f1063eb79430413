import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { temporaryFolder } from '../../kit/folders.ts';
import { runProgram, startCommand } from '../../kit/programs.ts';
import { seededRandom } from '../../kit/seeded-random.ts';
import { type InfluxPlace, type InfluxServer, requireInflux } from '../../kit/servers/influx-server.ts';
import { type MongoServer, requireMongo } from '../../kit/servers/mongo-server.ts';
import { influxStore } from '../history/influx/store-place.ts';
import { allOf, cloud, embeddedHistory, keepSmall, serversOf } from './move-place.ts';

/** Each way. */
const kills = Number(process.env.GONGFU_KILLS ?? 3);
const seed = Number(process.env.GONGFU_SEED ?? Date.now() % 1_000_000);
const size = { tags: 12, days: 24, salt: 'gateway-k' };
/** What a move may be at when it is killed; a moment later it is. */
const moments = [/^records model=tenants/m, /^history \d+ %$/m, /^history \d\d %$/m, /^compared \d+ %$/m];
const latestMs = 300;

describe(`gongfu-cloud migrate, kill -9 at random moments, ${kills} times each way, seed ${seed}`, function () {
  this.timeout(120_000);
  const random = seededRandom(seed);
  const data = temporaryFolder();
  let influx: InfluxServer | undefined;
  let mongo: MongoServer | undefined;
  let address: InfluxPlace;
  let servers: Record<string, string>;
  const folder = (name: string) => `${data.folder}/${name}`;

  before(async function () {
    influx = await requireInflux(this);
    mongo = await requireMongo(this);
    address = await influx.bucket();
    servers = serversOf(address, mongo.uri(`gongfu-kills-${process.pid}`));
    await keepSmall(folder('old'), size);
  });
  after(async () => {
    await influx?.stop();
    await mongo?.stop();
    data.remove();
  });

  /** Until it has ended by itself: what it said then, and how often it was killed before. */
  async function movedThroughKills(to: 'servers' | 'embedded', name: string) {
    const env = { ...servers, DATA_DIR: folder(name), LOG_LEVEL: 'error' };
    const parameters = ['migrate', '--to', to];
    for (let kill = 0; kill < kills; kill += 1) {
      const moment = moments[Math.floor(random() * moments.length)]!;
      const { program } = await startCommand(cloud, parameters, env, moment);
      const ended = new Promise<true>((resolve) => program.process.once('close', () => resolve(true)));
      if (await Promise.race([ended, wait(random() * latestMs)])) {
        return { code: program.process.exitCode, stdout: program.stdout(), stderr: program.stderr(), killed: kill };
      }
      await program.kill9();
    }
    return { ...(await runProgram(cloud, parameters, env)), killed: kills };
  }

  /** By the server itself, whatever our reader would make of two that are one. */
  async function pointsOf(measurement: string): Promise<number> {
    const answer = await influx!.query(`from(bucket: "${address.bucket}") |> range(start: 0, stop: 2100-01-01T00:00:00Z)
      |> filter(fn: (r) => r._measurement == "${measurement}") |> group() |> count()`);
    return Number(/,_result,0,(?:[^\r\n]*,)?(\d+)\r/.exec(answer)?.[1] ?? 0);
  }

  it('everything is there once, and once back again', async () => {
    const all = (store: Parameters<typeof allOf>[0]) => allOf(store, size.tags, size.salt);
    const old = await all(embeddedHistory(folder('old')));
    const there = await movedThroughKills('servers', 'old');
    expect([there.code, there.stderr]).to.deep.equal([0, '']);
    expect(await all(influxStore({ address }))).to.deep.equal(old);
    expect(await pointsOf('samples_number')).to.equal(old.samples.flat().length);
    const back = await movedThroughKills('embedded', 'new');
    expect([back.code, back.stderr]).to.deep.equal([0, '']);
    expect(await all(embeddedHistory(folder('new')))).to.deep.equal(old);
    const sums = (stdout: string) => stdout.split('\n').filter((line) => line.includes('sha256='));
    expect(sums(there.stdout)).to.have.length(23);
    expect(sums(back.stdout)).to.deep.equal(sums(there.stdout));
    console.log(`      killed ${there.killed} times there and ${back.killed} times back`);
  });
});
