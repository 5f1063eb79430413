import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { MovableHistory } from '#cloud/history/movable-history';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';
import { temporaryFolder } from '../../kit/folders.ts';
import { runProgram } from '../../kit/programs.ts';
import { type InfluxPlace, type InfluxServer, requireInflux } from '../../kit/servers/influx-server.ts';
import { influxStore } from '../history/influx/store-place.ts';
import { cloud, dayMs, embeddedHistory, keepTags } from './move-place.ts';

const today = Math.floor(Date.now() / dayMs);
const dayBegin = (daysAgo: number) => (today - daysAgo) * dayMs;
const kept = 4;
/** Of tag 1 only the samples of the last days are kept, its roll-ups for ever; tag 2 has all. */
const [short, long] = [1, 2].map((number) => ({ number, kind: 'number' as const, holdMs: 1000 }));

describe('gongfu-cloud migrate --leave-rollups', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const folder = (name: string) => `${data.folder}/${name}`;
  let influx: InfluxServer | undefined;
  let address: InfluxPlace;

  before(async function () {
    influx = await requireInflux(this);
    address = await influx.bucket();
    await keepTags(folder('old'), { tags: 2, salt: 'gateway-r' });
    const parts = { log: silentLogger, clock: systemClock, random: Math.random };
    const store = new DuckdbHistoryStore({
      ...{ folder: `${folder('old')}/history`, ...parts, rollups: { rowsMax: 1, afterMs: 0, lookMs: 5 } },
      sealing: { overMs: 0, lateMs: 0, rowsMax: 1e9, generationsMax: 9, rowsPerPiece: 1e6, restShare: 0 },
    });
    await store.start();
    const rows = [1, 2].flatMap((tag) =>
      Array.from({ length: 8 * 24 }, (_, hour) => [tag, dayBegin(8) + hour * 3_600_000, hour] as const),
    );
    await store.append([batchOf(1, [numberBlock(rows)], { gatewayId: 'gateway-r' })]);
    while ((await store.health()).segments < 8) await sleep(systemClock, 10);
    await store.retain({ keep: {}, rules: [{ name: 'short', tags: [1], keep: { samples: kept } }] });
    await store.stop();
  });
  after(async () => {
    await influx?.stop();
    data.remove();
  });

  function move(to: 'servers' | 'embedded', name: string, ...more: string[]) {
    const { url, token, org, bucket } = address;
    const env = { INFLUX_URL: url, INFLUX_TOKEN: token, INFLUX_ORG: org, INFLUX_BUCKET: bucket, MONGODB_URI: '' };
    return runProgram(cloud, ['migrate', '--to', to, ...more], { ...env, DATA_DIR: folder(name), LOG_LEVEL: 'error' });
  }

  /** Samples and, of a trend, counts of each tag from so many days ago on; or the code of the problem. */
  async function answersOf(store: MovableHistory) {
    await store.start();
    const code = (error: Problem) => error.code;
    const samples = (tag: typeof short, daysAgo: number) =>
      store
        .samples({ tag: tag!, from: dayBegin(daysAgo), to: dayBegin(0), limit: 1000 })
        .then((page) => page.samples, code);
    const counted = (tag: typeof short, daysAgo: number) =>
      store
        .trend({ tags: [tag!], from: dayBegin(daysAgo), to: dayBegin(0), points: 20 })
        .then(({ columns }) => columns[0]!.counts.reduce((sum, count) => sum + count, 0), code);
    try {
      return {
        short: [await samples(short, 8), await counted(short, 8)],
        shortSince: [await samples(short, kept), await counted(short, kept)],
        long: [await samples(long, 8), await counted(long, 8)],
      };
    } finally {
      await store.stop();
    }
  }

  it('is asked for where roll-ups would stay behind; then each tag moves from where its samples are whole', async () => {
    const old = await answersOf(embeddedHistory(folder('old')));
    expect([old.short, old.shortSince[1], old.long[1]]).to.deep.equal([['history-expired', 8 * 24], kept * 24, 8 * 24]);

    const refused = await move('servers', 'old');
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.include('of 1 tags roll-ups').and.include('[migration-rollups-left]');
    expect(refused.stderr).to.include(new Date(dayBegin(kept)).toISOString().slice(0, 10));

    const there = await move('servers', 'old', '--leave-rollups');
    expect([there.code, there.stderr]).to.deep.equal([0, '']);
    expect(there.stdout).to.include(`history samples=${(kept + 8) * 24} `);
    const left = { ...old, short: ['history-expired', 'history-expired'] };
    expect(await answersOf(influxStore({ address }))).to.deep.equal(left);
    expect(await answersOf(embeddedHistory(folder('old'))), 'the source').to.deep.equal(old);

    await keepTags(folder('new'), { tags: 2, salt: 'gateway-r' });
    const back = await move('embedded', 'new');
    expect([back.code, back.stderr]).to.deep.equal([0, '']);
    expect(back.stdout.match(/^history samples.*/m)![0]).to.equal(there.stdout.match(/^history samples.*/m)![0]);
    expect(await answersOf(embeddedHistory(folder('new')))).to.deep.equal(left);
  });
});
