import { type Answer, ask, installed, type Peer, type Range, startServer, Tally, untilStill } from './peer.ts';

interface Series {
  readonly data: { readonly result: readonly { values?: [number, string][]; value?: [number, string] }[] };
}

/** VictoriaMetrics 1.79.5 of Debian, asked in MetricsQL. Undefined where it was not got. */
export async function victoriaPeer(folder: string): Promise<Peer | undefined> {
  const program = installed('victoria-metrics-1.79.5/victoria-metrics');
  if (program === undefined) return undefined;
  const server = await startServer(
    program,
    (port) => [
      `-storageDataPath=${folder}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=100y',
      '-search.latencyOffset=0s',
      '-search.disableCache',
      '-search.maxPointsPerTimeseries=100000',
      '-search.maxSamplesPerQuery=2000000000',
      '-search.maxStalenessInterval=1s',
      '-influx.maxLineSize=1048576',
    ],
    '/health',
  );
  const { url } = server;
  const series = async (path: string, query: Record<string, string>): Promise<Series> =>
    JSON.parse(await ask(`${url}${path}?${new URLSearchParams(query)}`)) as Series;
  const named = (tags: readonly number[]) => `s_v{t=~"${tags.join('|')}"}`;

  /** A rollup looks back from each step: the first step is that of `from` up to `from + step`. */
  async function fold(selector: string, { from, to }: Range, stepMs: number): Promise<Answer> {
    const tally = new Tally();
    const times = { start: String((from + stepMs - 1) / 1000), end: String((to - 1) / 1000), step: `${stepMs}ms` };
    // All three in one question.
    const { data } = await series('/api/v1/query_range', {
      query: `rollup(${selector}[${stepMs}ms])`,
      nocache: '1',
      ...times,
    });
    for (const { values = [] } of data.result) for (const [, value] of values) tally.take(Number(value));
    return tally.answer;
  }

  return {
    name: 'VictoriaMetrics 1.79.5',
    durable: 'written to disk some seconds after it has answered',
    pid: server.pid,
    takesGzip: true,
    write: async (body, encoding) => {
      const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
      await ask(`${url}/write?precision=ms`, { method: 'POST', headers, body });
    },
    settle: async () => {
      await ask(`${url}/internal/force_flush`);
      await ask(`${url}/internal/force_merge`);
      await untilStill(folder);
    },
    async raw(tag, { from, to }) {
      const query = { 'match[]': named([tag]), start: String(from / 1000), end: String((to - 1) / 1000) };
      const text = await ask(`${url}/api/v1/export?${new URLSearchParams(query)}`);
      const tally = new Tally();
      for (const line of text.split('\n')) {
        if (line === '') continue;
        const { values } = JSON.parse(line) as { values: number[] };
        for (const value of values) tally.take(value);
      }
      return tally.answer;
    },
    steps: (tags, range, stepMs) => fold(named(tags), range, stepMs),
    manySteps: (range, stepMs) => fold('s_v', range, stepMs),
    async last({ from, to }) {
      const tally = new Tally();
      const query = { query: `last_over_time(s_v[${to - from}ms])`, time: String((to - 1) / 1000) };
      for (const { value } of (await series('/api/v1/query', query)).data.result) tally.take(Number(value?.[1]));
      return tally.answer;
    },
    stop: () => server.stop(),
  };
}
