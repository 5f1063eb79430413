import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { Api } from '../kit/api.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';
import { seededRandom } from '../kit/seeded-random.ts';

const killsOfEach = Number(process.env.GONGFU_KILLS ?? 20);
const seed = Number(process.env.GONGFU_SEED ?? Date.now() % 1_000_000);
/** Of one Modbus request. */
const registersMax = 125;
/** Time of a stamp and of the server's ledger may differ by what a poll takes. */
const stampSlackMs = 250;

interface Gap {
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

describe(`flow: kill -9 of edge and cloud, ${killsOfEach} times each, seed ${seed}`, () => {
  const data = temporaryFolder();
  const server = new CountingServer();
  let cloud: RunningCloud;
  let edge: RunningEdge;

  after(async () => {
    await edge?.stop();
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  it('every acknowledged sequence is stored once; no number is missing outside a gap record', async function () {
    this.timeout(480_000);
    const random = seededRandom(seed);
    const modbusPort = await server.start();
    cloud = await startCloud({ dataDir: `${data.folder}/cloud` });
    const port = Number(new URL(cloud.url).port);
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    const config = edgeConfig(cloud.url, modbusPort, `${data.folder}/buffer`);
    edge = await startEdge({ config, env: { GONGFU_CODE: await api.code('killed') } });
    await wait(1500);

    for (const victim of shuffled(['edge', 'cloud'], killsOfEach, random)) {
      await wait(150 + random() * 700);
      if (victim === 'edge') {
        await edge.kill9();
        await wait(random() * 150);
        edge = await startEdge({ config });
      } else {
        await cloud.kill9();
        await wait(random() * 300);
        cloud = await startCloud({ dataDir: `${data.folder}/cloud`, port });
      }
    }
    await wait(1000);
    const last = await drained(edge);

    const tag = await api.tag('count');
    const samples = await api.samples(tag);
    const good = samples.filter(({ quality }) => quality === 'good');
    const numbers = good.map(({ value }) => Number(value));
    expect(numbers.length, 'samples of the counter').to.be.greaterThan(killsOfEach * 10);
    expect(new Set(numbers).size, 'each number once').to.equal(numbers.length);
    expect(isAscending(numbers), 'in the order they were taken').to.equal(true);

    const { items: gaps } = await api.get<{ items: Gap[] }>('/api/v1/gaps?from=0&to=4000000000000&limit=10000');
    const sequences = new Set(samples.map(({ sequence }) => sequence));
    // A commit may come between two requests of one poll: of each request one tag.
    for (let first = 0; first < 1000; first += registersMax)
      for (const { sequence } of await api.samples(await api.tag(`load-${first}`))) sequences.add(sequence);
    const absent = Array.from({ length: last }, (_, n) => n + 1).filter(
      (n) => !sequences.has(n) && !gaps.some((gap) => gap.fromSequence <= n && n <= gap.toSequence),
    );
    expect(new Set(samples.map(({ epoch }) => epoch)).size, 'one life of the buffer').to.equal(1);
    expect(absent, 'sequences neither stored nor named by a gap record').to.deep.equal([]);

    const stored = new Set(numbers);
    const newest = Math.max(...numbers);
    const lost = server.servedAt.flatMap((at, n) => (n > 0 && n <= newest && !stored.has(n) ? [{ n, at }] : []));
    const unnamed = lost.filter(
      ({ at }) =>
        !gaps.some((gap) => Date.parse(gap.from) - stampSlackMs <= at && at <= Date.parse(gap.to) + stampSlackMs),
    );
    console.log(
      `      ${numbers.length} numbers stored, ${lost.length} read but not yet durable when killed, ${gaps.length} gap records, ${last} sequences`,
    );
    expect(unnamed, 'numbers lost without a gap record').to.deep.equal([]);
  });
});

function edgeConfig(url: string, port: number, buffer: string): string {
  const load = Array.from(
    { length: 1000 },
    (_, n) => `      - { name: load-${n}, address: "holding:${1000 + n}", type: uint16 }`,
  );
  return `gateway: { name: killed }
uplink: { url: "${url}", code: "\${GONGFU_CODE:-}" }
buffer: { path: "${buffer}" }
status: { port: 0 }
sources:
  - name: counter
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: 20ms
    tags: [{ name: count, address: "holding:0", type: uint32 }]
  - name: load
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: 100ms
    tags:
${load.join('\n')}
`;
}

/** Waits until nothing waits any more, stops the agent, and tells the last sequence it has acknowledged. */
async function drained(edge: RunningEdge): Promise<number> {
  for (;;) {
    const health = (await (await fetch(`${edge.statusUrl}/healthz`)).json()) as {
      buffer: { batches: number; lastSequence: number };
      uplink: { state: string };
    };
    if (health.uplink.state === 'connected' && health.buffer.batches === 0) {
      await edge.stop();
      return health.buffer.lastSequence;
    }
    await wait(50);
  }
}

function shuffled(names: readonly string[], each: number, random: () => number): string[] {
  const all = names.flatMap((name) => Array.from({ length: each }, () => name));
  for (let i = all.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

function isAscending(values: readonly number[]): boolean {
  return values.every((value, n) => n === 0 || value > values[n - 1]!);
}
