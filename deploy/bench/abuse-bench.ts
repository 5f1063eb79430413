import { setTimeout as wait } from 'node:timers/promises';
import { forkLoad } from './fork-load.ts';
import { percentiles, round, usageOf } from './process-meter.ts';
import { type Cloud, inFolder, startCloud } from './programs.ts';

export interface AbuseLoad {
  readonly url: string;
  readonly seconds: number;
}

/**
 * What others notice while bodies without end, bombs, floods of sign-ins, smuggled requests and five hundred connections
 * that say nothing are thrown at the service: how fast it says that it is well, and what memory it takes.
 */
export async function abuseBench({ seconds }: { seconds: number }): Promise<object> {
  return inFolder(async (folder) => {
    const cloud = await startCloud(folder);
    try {
      await measure(cloud, Promise.resolve(wait(2_000)));
      const quiet = await measure(cloud, wait(5_000));
      const load: AbuseLoad = { url: cloud.url, seconds };
      const attack = forkLoad<AbuseLoad, Record<string, number>>('abuse-load', load).result;
      const abused = await measure(cloud, attack);
      const after = await measure(cloud, wait(5_000));
      const growth = Math.max(abused.rssMBMax, after.rssMBMax) - quiet.rssMBMax;
      return { seconds, quiet, abused, after, rssGrowthMB: round(growth, 1), outcomes: await attack };
    } finally {
      await cloud.stop();
    }
  });
}

async function measure(cloud: Cloud, during: Promise<unknown>) {
  const times: number[] = [];
  let rssBytes = 0;
  let over = false;
  void during.finally(() => {
    over = true;
  });
  while (!over) {
    const start = performance.now();
    const response = await fetch(`${cloud.url}/healthz`);
    await response.text();
    if (response.status !== 200) throw new Error(`/healthz says ${response.status}`);
    times.push(performance.now() - start);
    rssBytes = Math.max(rssBytes, usageOf(cloud.pid).rssBytes);
    await wait(50);
  }
  return { healthMs: percentiles(times), rssMBMax: round(rssBytes / 1024 ** 2, 1) };
}
