import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { expect } from 'chai';
import fc from 'fast-check';
import { temporaryFolder } from '../../kit/folders.ts';
import { runProgram, startCommand } from '../../kit/programs.ts';
import { type InfluxServer, requireInflux } from '../../kit/servers/influx-server.ts';
import { type MongoServer, requireMongo } from '../../kit/servers/mongo-server.ts';
import { influxStore } from '../history/influx/store-place.ts';
import { allOf, cloud, embeddedHistory, keepSmall, serversOf } from './move-place.ts';

const size = { tags: 10, days: 12, salt: 'gateway-k' };
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

/** Killed again and again at moments nobody chose, then run to its end: all is there, each once. */
describe('gongfu-cloud migrate, killed', function () {
  this.timeout(180_000);
  const data = temporaryFolder();
  let influx: InfluxServer | undefined;
  let mongo: MongoServer | undefined;
  let databases = 0;

  before(async function () {
    influx = await requireInflux(this);
    mongo = await requireMongo(this);
    await keepSmall(`${data.folder}/old`, size);
  });
  after(async () => {
    await influx?.stop();
    await mongo?.stop();
    data.remove();
  });

  /** Each time so long after it has said what it has done of the records. */
  async function movedThrough(kills: readonly number[], to: string, env: Record<string, string>): Promise<string> {
    for (const delayMs of kills) {
      const { program } = await startCommand(cloud, ['migrate', '--to', to], env, /^records /m);
      await sleep(systemClock, delayMs);
      await program.kill9();
    }
    const { code, stdout, stderr } = await runProgram(cloud, ['migrate', '--to', to], env);
    // One kill may have come after the end.
    if (stderr.includes('has ended well')) return '';
    expect([code, stderr]).to.deep.equal([0, '']);
    return stdout
      .split('\n')
      .filter((line) => line.includes('sha256'))
      .join('\n');
  }

  it(`goes on where it was, in both directions (seed ${seed})`, async () => {
    const old = await allOf(embeddedHistory(`${data.folder}/old`), size.tags, size.salt);
    const moments = fc.array(fc.nat(600), { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(moments, moments, async (there, back) => {
        databases += 1;
        const address = await influx!.bucket();
        const servers = serversOf(address, mongo!.uri(`gongfu-kill-${process.pid}-${databases}`));
        const env = { ...servers, LOG_LEVEL: 'error', DATA_DIR: `${data.folder}/old` };
        const forth = await movedThrough(there, 'servers', env);
        expect(await allOf(influxStore({ address }), size.tags, size.salt)).to.deep.equal(old);
        const folder = `${data.folder}/new-${databases}`;
        const returned = await movedThrough(back, 'embedded', { ...env, DATA_DIR: folder });
        expect(await allOf(embeddedHistory(folder), size.tags, size.salt)).to.deep.equal(old);
        if (forth !== '' && returned !== '') expect(returned).to.equal(forth);
      }),
      { seed, numRuns: 2, endOnFailure: true },
    );
  });
});
