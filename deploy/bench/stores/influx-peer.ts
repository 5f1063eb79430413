import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, ask, installed, type Peer, type Range, startServer, Tally, untilStill } from './peer.ts';

const token = 'bench-token';
const setup = { username: 'bench', password: 'bench-password', org: 'bench', bucket: 'bench', token };
const timesOf = ({ from, to }: Range) => `start: ${new Date(from).toISOString()}, stop: ${new Date(to).toISOString()}`;
const anyOf = (tags: readonly number[]) => tags.map((tag) => `r.t == "${tag}"`).join(' or ');

/** InfluxDB 2.7.12, asked in Flux. Undefined where it was not built. */
export async function influxPeer(folder: string): Promise<(Peer & { url: string; token: string }) | undefined> {
  const program = installed('influxdb-2.7.12/influxd');
  if (program === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  const server = await startServer(
    program,
    (port) => [
      `--bolt-path=${join(folder, 'bolt')}`,
      `--engine-path=${join(folder, 'engine')}`,
      `--sqlite-path=${join(folder, 'sqlite')}`,
      `--http-bind-address=127.0.0.1:${port}`,
      '--reporting-disabled',
      // It compacts wholly when a shard has been cold for four hours; nobody waits so long here.
      '--storage-cache-snapshot-write-cold-duration=5s',
      '--storage-compact-full-write-cold-duration=10s',
    ],
    '/health',
  );
  const { url } = server;
  await ask(`${url}/api/v2/setup`, { method: 'POST', body: JSON.stringify(setup) });
  const headers = { authorization: `Token ${token}` };

  /** Numbers of the column `_value`, by the name of the result. */
  async function flux(script: string): Promise<Answer> {
    const csv = await ask(`${url}/api/v2/query?org=bench`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/vnd.flux', accept: 'application/csv' },
      body: script,
    });
    const tally = new Tally();
    let place = -1;
    for (const line of csv.split('\r\n')) {
      const cells = line.split(',');
      if (cells.includes('_value')) place = cells.indexOf('_value');
      else if (place !== -1 && cells.length > place && cells[place] !== '') tally.take(Number(cells[place]));
    }
    return tally.answer;
  }

  const rows = (range: Range, which = 'true') =>
    `from(bucket: "bench") |> range(${timesOf(range)}) |> filter(fn: (r) => r._measurement == "s" and (${which}))`;
  // As three questions at once: in one script they take many times as long.
  async function folds(from: string, stepMs: number): Promise<Answer> {
    const asked = ['min', 'max', 'mean'].map((fold) =>
      flux(`${from} |> aggregateWindow(every: ${stepMs}ms, fn: ${fold}, createEmpty: false)`),
    );
    const tally = new Tally();
    for (const answer of await Promise.all(asked)) tally.add(answer);
    return tally.answer;
  }
  return {
    name: 'InfluxDB 2.7.12, written and asked directly',
    durable: 'its write-ahead log is synced before it answers',
    url,
    token,
    pid: server.pid,
    takesGzip: true,
    write: async (body, encoding) =>
      void (await ask(`${url}/api/v2/write?org=bench&bucket=bench&precision=ms`, {
        method: 'POST',
        headers: { ...headers, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) },
        body,
      })),
    settle: () => untilStill(folder),
    raw: (tag, range) => flux(`${rows(range, `r.t == "${tag}"`)} |> keep(columns: ["_time", "_value"])`),
    steps: (tags, range, stepMs) => folds(rows(range, anyOf(tags)), stepMs),
    manySteps: (range, stepMs) => folds(rows(range), stepMs),
    last: (range) => flux(`${rows(range)} |> last()`),
    stop: () => server.stop(),
  };
}
