import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { HistoryStore, StoredSample } from '#cloud/history/history-store';
import { connectRecords } from '#cloud/records/connect';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';
import { temporaryFolder } from '../../kit/folders.ts';
import { runProgram, startCommand } from '../../kit/programs.ts';
import { type InfluxServer, requireInflux } from '../../kit/servers/influx-server.ts';
import { type MongoServer, requireMongo } from '../../kit/servers/mongo-server.ts';
import { influxStore } from '../history/influx/store-place.ts';

const start = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const days = 40;
const kinds = ['number', 'number', 'text', 'integer64', 'boolean'] as const;
const tags = kinds.map((kind, i) => ({ number: i + 1, kind, gatewayId: i < 2 ? 'gateway-a' : 'gateway-b' }));
const cloud = 'cloud/bin/gongfu-cloud.js';

/** What an installation keeps, moved to servers with a kill in between, and back into another folder. */
describe('gongfu-cloud migrate', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  let influx: InfluxServer | undefined;
  let mongo: MongoServer | undefined;
  let servers: Record<string, string>;
  let address: Awaited<ReturnType<InfluxServer['bucket']>>;

  before(async function () {
    influx = await requireInflux(this);
    mongo = await requireMongo(this);
    address = await influx.bucket();
    servers = {
      ...{
        INFLUX_URL: address.url,
        INFLUX_TOKEN: address.token,
        INFLUX_ORG: address.org,
        INFLUX_BUCKET: address.bucket,
      },
      MONGODB_URI: mongo.uri(`gongfu-move-${process.pid}`),
    };
    await keepRecords();
    await keepHistory();
  });
  after(async () => {
    await influx?.stop();
    await mongo?.stop();
    data.remove();
  });

  const folder = (name: string) => `${data.folder}/${name}`;
  const embeddedHistory = (name: string) =>
    new DuckdbHistoryStore({
      folder: `${folder(name)}/history`,
      log: silentLogger,
      clock: systemClock,
      random: Math.random,
    });
  const openFolder = (name: string) => connectRecords({ folder: `${folder(name)}/records`, log: silentLogger });

  async function keepRecords(): Promise<void> {
    const records = await openFolder('old');
    await records.tenants.create({ _id: 'acme', name: { zh: '甲', en: 'Acme' } });
    await records.tags.insertMany(
      tags.map(({ number, kind, gatewayId }) => ({
        ...{ _id: `tag-${number}`, number, tenantId: 'acme', gatewayId, source: 'plc', name: `信号 ${number}` },
        ...{ type: 'float64', scaled: false, kind, unit: '', description: '', maxSilentMs: 1000 },
      })),
    );
    await records.counters.create({ _id: 'tags', next: 2 ** 40 });
    await records.pluginRecords.insertMany(
      Array.from({ length: 1_050 }, (_, n) => ({
        ...{ _id: JSON.stringify(['acme', 'energy', `键-${n}`]), tenantId: 'acme', pluginId: 'energy', key: `键-${n}` },
        ...{ json: '{"a":[1,null]}', updatedAt: n },
      })),
    );
    await records.close();
  }

  async function keepHistory(): Promise<void> {
    const store = embeddedHistory('old');
    await store.start();
    for (let day = 0; day < days; day += 10) await store.append([batchA(day), batchB(day)]);
    await store.append([batchOf(99, [], { gatewayId: 'gateway-a', gaps: gapsOf('buffer-full') })]);
    await store.append([
      batchOf(98, [], { gatewayId: 'gateway-a', ingestTime: start + 5, gaps: gapsOf('agent-killed') }),
    ]);
    await store.stop();
  }

  function gapsOf(reason: 'buffer-full' | 'agent-killed') {
    const place = reason === 'buffer-full' ? 60 : 70;
    const known = { fromTime: start, toTime: start + 9, samples: 4, source: '' };
    return [{ ...known, reason, fromSequence: place, toSequence: place + 1 }];
  }

  /** Ten days of two tags in one batch, with a frozen clock at their begin. */
  function batchA(day: number) {
    const rows = Array.from({ length: 400 }, (_, i) => {
      const time = start + day * dayMs + Math.max(0, i - 20) * 2_000_000;
      return [1 + (i % 2), time, i / 7, i % 9 === 0 ? StatusCode.BadTimeout : 0] as const;
    });
    return batchOf(day, [numberBlock(rows)], { gatewayId: 'gateway-a' });
  }

  function batchB(day: number) {
    const same = {
      count: 3,
      sourceTimes: Float64Array.of(start + day * dayMs, start + day * dayMs, start + day * dayMs + 7),
      statuses: Uint32Array.of(0, StatusCode.UncertainLastUsableValue, StatusCode.BadTimeout),
    };
    const blocks: SampleBlock[] = [
      { ...same, tags: Uint32Array.of(3, 3, 3), kind: 'text', values: ['', 'line\r\nfeed "\\', ''] },
      { ...same, tags: Uint32Array.of(4, 4, 4), kind: 'integer64', values: BigInt64Array.of(2n ** 53n + 1n, -1n, 0n) },
      { ...same, tags: Uint32Array.of(5, 5, 5), kind: 'boolean', values: Uint8Array.of(1, 0, 0) },
    ];
    return batchOf(day, blocks, { gatewayId: 'gateway-b', epoch: 3 });
  }

  async function contentOf(store: HistoryStore) {
    const samples: (readonly StoredSample[])[] = [];
    for (const { number, kind } of tags) {
      const range = { from: 0, to: start + 400 * dayMs, limit: 100_000 };
      samples.push((await store.samples({ tag: { number, kind }, ...range })).samples);
    }
    const gatewayIds = ['gateway-a', 'gateway-b'];
    const { gaps } = await store.gaps({ gatewayIds, from: 0, to: start * 2, limit: 100 });
    const watermarks = (await store.watermarks()).filter(({ gatewayId }) => gatewayId !== 'migration');
    return { samples, gaps: gaps.toSorted((a, b) => a.fromSequence - b.fromSequence), watermarks };
  }

  async function opened<T>(store: HistoryStore, read: (store: HistoryStore) => Promise<T>): Promise<T> {
    await store.start();
    try {
      return await read(store);
    } finally {
      await store.stop();
    }
  }

  const lines = (stdout: string) => stdout.split('\n').filter((line) => line.includes('sha256'));

  it('moves there through a kill and back, counted, compared and each once', async () => {
    const old = await opened(embeddedHistory('old'), contentOf);
    const env = { ...servers, DATA_DIR: folder('old'), LOG_LEVEL: 'error' };
    const first = (await startCommand(cloud, ['migrate', '--to', 'servers'], env, /^history \d+ %$/m)).program;
    await first.kill9();
    const units = await opened(influxStore({ address }), async (store) => {
      const marks = (await store.watermarks()).filter(({ gatewayId, epoch }) => gatewayId === 'migration' && epoch > 0);
      return marks.length;
    });
    expect(units)
      .to.be.above(0)
      .and.below(days / 2);
    const there = await runProgram(cloud, ['migrate', '--to', 'servers'], env);
    expect([there.code, there.stderr]).to.deep.equal([0, '']);
    expect(await opened(influxStore({ address }), contentOf)).to.deep.equal(old);
    const back = await runProgram(cloud, ['migrate', '--to', 'embedded'], { ...env, DATA_DIR: folder('new') });
    expect([back.code, back.stderr]).to.deep.equal([0, '']);
    expect(await opened(embeddedHistory('new'), contentOf)).to.deep.equal(old);
    expect(lines(back.stdout)).to.deep.equal(lines(there.stdout));
    expect(there.stdout).to.match(/^records model=pluginRecords count=1050 /m);
    const samples = old.samples.flat().length;
    expect(there.stdout).to.include(`history samples=${samples} gaps=2 ranges=${old.watermarks.length} `);
    const [one, other] = [await openFolder('old'), await openFolder('new')];
    const read = (records: typeof one) => records.tags.find().sort({ _id: 1 }).lean();
    expect(await read(other)).to.deep.equal(await read(one));
    expect((await other.counters.findById('tags').lean())?.next).to.equal(2 ** 40);
    for (const records of [one, other]) await records.close();
  });

  it('moves nothing over what is there, and says when there is nowhere to move to', async () => {
    const stranger = { ...servers, DATA_DIR: folder('old'), LOG_LEVEL: 'error' };
    const over = await runProgram(cloud, ['migrate', '--to', 'embedded'], stranger);
    expect(over.code).to.equal(1);
    expect(over.stderr).to.include('migration-target-used');
    const nowhere = await runProgram(cloud, ['migrate', '--to', 'servers'], {
      DATA_DIR: folder('old'),
      MONGODB_URI: '',
    });
    expect(nowhere.code).to.equal(1);
    expect(nowhere.stderr).to.include('migration-nowhere');
  });
});
