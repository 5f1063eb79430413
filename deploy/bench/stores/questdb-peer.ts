import { mkdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, ask, installed, type Peer, type Range, startServer, Tally, untilStill } from './peer.ts';

const within = ({ from, to }: Range) =>
  `timestamp >= '${new Date(from).toISOString()}' and timestamp < '${new Date(to).toISOString()}'`;
const oneOf = (tags: readonly number[]) => `t in (${tags.map((tag) => `'${tag}'`).join()})`;

/** QuestDB 9.1.0 on the machine's Java, asked in SQL. Undefined where it was not got. */
export async function questdbPeer(folder: string): Promise<Peer | undefined> {
  const jar = installed('questdb-9.1.0/questdb-9.1.0.jar');
  if (jar === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  const off = ['LINE_TCP', 'PG', 'HTTP_MIN', 'TELEMETRY'].map((name) => [`QDB_${name}_ENABLED`, 'false']);
  const server = await startServer(
    'java',
    () => ['-cp', jar, 'io.questdb.ServerMain', '-d', folder, '-n'],
    '/ping',
    (port) => ({
      ...Object.fromEntries(off),
      QDB_HTTP_BIND_TO: `127.0.0.1:${port}`,
      // Its log goes from the disk once it is applied; every half minute as shipped, too late for whoever looks at the size.
      QDB_CAIRO_WAL_PURGE_INTERVAL: '2000',
    }),
  );
  const { url } = server;

  /** Columns from the first number on: a number, or lowest and highest. */
  async function sql(query: string): Promise<Answer> {
    const text = await ask(`${url}/exec?${new URLSearchParams({ query, nm: 'true' })}`);
    const { dataset } = JSON.parse(text) as { dataset: number[][] };
    const tally = new Tally();
    for (const row of dataset) tally.take(row[0]!, row[1]);
    return tally.answer;
  }
  await ask(
    `${url}/exec?${new URLSearchParams({
      query:
        'create table s (t symbol capacity 8192, v double, timestamp timestamp) timestamp(timestamp) partition by day wal',
    })}`,
  );
  const folds = (which: string, range: Range, stepMs: number) =>
    sql(`select min(v), max(v), avg(v), timestamp, t from s where ${which} and ${within(range)} sample by ${stepMs}T`);
  return {
    name: 'QuestDB 9.1.0',
    durable: 'left to the operating system, it does not sync',
    pid: server.pid,
    takesGzip: false,
    write: async (body) => void (await ask(`${url}/write?precision=ms`, { method: 'POST', body })),
    async settle(rows) {
      for (;;) {
        const { dataset } = JSON.parse(
          await ask(`${url}/exec?query=${encodeURIComponent('select count() from s')}`),
        ) as {
          dataset: [[number]];
        };
        if (dataset[0][0] >= rows) return untilStill(folder);
        await wait(50);
      }
    },
    raw: (tag, range) => sql(`select v, v, timestamp from s where t = '${tag}' and ${within(range)}`),
    steps: (tags, range, stepMs) => folds(oneOf(tags), range, stepMs),
    manySteps: (range, stepMs) => folds('true', range, stepMs),
    last: (range) => sql(`select v, v, t from s where ${within(range)} latest on timestamp partition by t`),
    stop: () => server.stop(),
  };
}
