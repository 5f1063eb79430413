import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Api } from '../kit/api.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { type RunningCloud, startCloud } from '../kit/programs.ts';
import { seededRandom } from '../kit/seeded-random.ts';
import { until } from '../kit/until.ts';

const kills = Number(process.env.GONGFU_KILLS ?? 4);
const seed = Number(process.env.GONGFU_SEED ?? Date.now() % 1_000_000);
const start = Date.UTC(2026, 10, 23);

/** What a program has to deliver: the same body again and again until it is told that it is stored. */
interface Writer {
  readonly source: string;
  readonly path: (key: string) => string;
  readonly headers: (key: string) => Record<string, string>;
  /** Of one body; the largest are stored in many commits. */
  readonly rows: number;
  readonly body: (from: number, rows: number) => string | Uint8Array<ArrayBuffer>;
}

const numbersFrom = (from: number, rows: number) => Array.from({ length: rows }, (_, place) => from + place);
const lines = (source: string, from: number, rows: number) =>
  numbersFrom(from, rows)
    .map((n) => `${source} n=${n}i ${start + n}`)
    .join('\n');

const writers: readonly Writer[] = [
  {
    source: 'packed',
    path: () => '/api/v2/write?precision=ms',
    headers: (key) => ({ authorization: `Token ${key}`, 'content-encoding': 'gzip' }),
    rows: 15_000,
    body: (from, rows) => gzipSync(lines('packed', from, rows)),
  },
  {
    source: 'plain',
    path: (key) => `/write?precision=ms&p=${key}`,
    headers: () => ({}),
    rows: 300,
    body: (from, rows) => lines('plain', from, rows),
  },
  {
    source: 'device',
    path: (key) => `/api/v1/${key}/telemetry`,
    headers: () => ({ 'content-type': 'application/json' }),
    rows: 6_000,
    body: (from, rows) => JSON.stringify(numbersFrom(from, rows).map((n) => ({ ts: start + n, values: { n } }))),
  },
];

describe(`flow: kill -9 amid what others write, ${kills} times, seed ${seed}`, () => {
  const data = temporaryFolder();
  let cloud: RunningCloud;

  after(async () => {
    await cloud?.stop();
    data.remove();
  });

  it('stores every row that was acknowledged, and those sent again once', async function () {
    this.timeout(180_000);
    cloud = await startCloud({ dataDir: data.folder });
    const port = Number(new URL(cloud.url).port);
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    let ends = false;
    let sentAgain = 0;
    let taken = 0;

    /** Returns how many rows were acknowledged. */
    async function deliver(writer: Writer, key: string): Promise<number> {
      const send = async (body: string | Uint8Array<ArrayBuffer>): Promise<number> => {
        const init = { method: 'POST', headers: writer.headers(key), body };
        return fetch(cloud.url + writer.path(key), init).then(
          async (response) => {
            await response.arrayBuffer();
            return response.status;
          },
          () => 0,
        );
      };
      let rows = 0;
      while (!ends) {
        const body = writer.body(rows, writer.rows);
        for (;;) {
          const status = await send(body);
          if (status === 200 || status === 204) break;
          // Nobody there, cut in the middle, or not ready yet.
          expect(status, `${writer.source} from ${rows}`).to.be.oneOf([0, 429, 503]);
          sentAgain += 1;
          await wait(50);
        }
        rows += writer.rows;
        taken += 1;
      }
      return rows;
    }

    const delivering = Promise.all(
      writers.map(async (writer) => {
        const { key } = await api.post<{ key: string }>('/api/v1/api-keys', {
          name: writer.source,
          permissions: ['samples:write'],
        });
        return deliver(writer, key);
      }),
    );
    const random = seededRandom(seed);
    for (let kill = 0; kill < kills; kill += 1) {
      // However slow the machine is: some of it is taken before each kill.
      const before = taken;
      await until(() => taken > before + 2);
      await wait(random() * 500);
      await cloud.kill9();
      cloud = await startCloud({ dataDir: data.folder, port });
    }
    ends = true;
    const acknowledged = await delivering;

    expect(sentAgain, 'bodies sent again').to.be.greaterThan(0);
    const { items } = await api.get<{ items: { id: string; source: string }[] }>('/api/v1/tags?limit=10000');
    for (const [place, { source }] of writers.entries()) {
      const tags = items.filter((tag) => tag.source === source);
      expect(tags, source).to.have.length(1);
      const stored = (await api.samples(tags[0]!.id)).map(({ value }) => Number(value));
      expect(stored.length, `${source}: each once`).to.equal(acknowledged[place]);
      expect(
        stored.every((value, n) => value === n),
        `${source}: in their order`,
      ).to.equal(true);
    }
    console.log(`      ${acknowledged.join(' + ')} rows acknowledged, ${sentAgain} bodies sent again`);
  });
});
