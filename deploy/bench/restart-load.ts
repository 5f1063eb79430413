import { setTimeout as wait } from 'node:timers/promises';
import { LiveClient } from '@gongfu/shared/sdk/live-client';
import type { RestartLoad, RestartResult } from './restart-bench.ts';

/** The dashboards of `restart-bench.ts`: clients as outsiders use them, each following ten tags. */
const tagsEach = 10;
/** So many at once when they open the first time; a restart brings them all by itself. */
const openAtOnce = 100;

interface Dashboard {
  readonly client: LiveClient;
  lostAt: number;
  backAt: number;
}

process.once('message', async (load: RestartLoad) => {
  const dashboards: Dashboard[] = [];
  for (let n = 0; n < load.sockets; n += 1) {
    dashboards.push(open(load, n));
    if (dashboards.length % openAtOnce === 0) await until(() => dashboards.every(({ backAt }) => backAt > 0));
  }
  await until(() => dashboards.every(({ backAt }) => backAt > 0));
  for (const dashboard of dashboards) dashboard.backAt = 0;
  process.send?.('connected');
  const deadline = performance.now() + 120_000;
  await until(() => dashboards.every(({ backAt }) => backAt > 0) || performance.now() > deadline);
  const back = dashboards.filter(({ backAt }) => backAt > 0);
  const result: RestartResult = { awayMs: back.map(({ lostAt, backAt }) => backAt - lostAt) };
  for (const { client } of dashboards) client.stop();
  process.send?.({ result });
});

function open(load: RestartLoad, n: number): Dashboard {
  const client = new LiveClient({
    url: load.url,
    token: load.token,
    hears: {
      connection: (connection) => {
        if (connection === 'lost' && dashboard.backAt === 0 && dashboard.lostAt === 0) {
          dashboard.lostAt = performance.now();
        }
      },
      // The complete list comes with the answer to the subscription.
      gateways: (_, complete) => {
        if (complete && dashboard.backAt === 0) dashboard.backAt = performance.now();
      },
      problem: (problem) => {
        if (problem !== undefined) console.error(problem.code);
      },
    },
  });
  const dashboard: Dashboard = { client, lostAt: 0, backAt: 0 };
  const from = (n * tagsEach) % Math.max(1, load.tags.length - tagsEach + 1);
  client.follow({ tags: load.tags.slice(from, from + tagsEach) });
  client.start();
  return dashboard;
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await wait(20);
}
