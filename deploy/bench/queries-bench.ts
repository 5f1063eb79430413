import { setTimeout as wait } from 'node:timers/promises';
import { Sender } from './dashboards-bench.ts';
import { forkLoad } from './fork-load.ts';
import type { IngestLoad, IngestResult } from './ingest-bench.ts';
import { LoadGateway } from './load-gateway.ts';
import { ProcessMeter, percentiles, round } from './process-meter.ts';
import { inFolder, startCloud } from './programs.ts';

/** Many people ask for everything at once while gateways deliver: ingest must not notice, and who is too many is told so. */
export async function queriesBench(options: { clients: number; seconds: number; samplesStored: number; tags: number }) {
  const { clients, seconds, samplesStored, tags } = options;
  return inFolder(async (folder) => {
    const cloud = await startCloud(folder);
    const gateway = new LoadGateway({ url: cloud.url, code: await cloud.code('now'), name: 'now', tags: 500 });
    try {
      const samplesPerBatch = 2_000;
      await forkLoad<IngestLoad, IngestResult>('ingest-load', {
        url: cloud.url,
        codes: [await cloud.code('load-0')],
        batchesPerGateway: samplesStored / samplesPerBatch,
        samplesPerBatch,
        tagsPerGateway: tags,
      }).result;
      const { items } = await cloud.get<{ items: { id: string }[] }>('/api/v1/tags?limit=10000');
      await gateway.start();
      const sender = new Sender(gateway, 100);
      // Reading it begins the next measure of the loop's delay.
      await cloud.metric('nodejs_eventloop_lag_p99_seconds');
      const meter = new ProcessMeter(cloud.pid);
      sender.start();
      const until = performance.now() + seconds * 1_000;
      const asked = Array.from({ length: clients }, (_, n) => askOn(cloud, items[n % items.length]!.id, until));
      const answers = (await Promise.all(asked)).flat();
      const sent = await sender.stop();
      const loopDelayMs = (await cloud.metric('nodejs_eventloop_lag_p99_seconds')) * 1_000;
      const ok = answers.filter(({ status }) => status === 200);
      return {
        ...options,
        answers: Object.fromEntries(
          [...new Set(answers.map(({ status }) => status))].map((status) => [
            status,
            answers.filter((answer) => answer.status === status).length,
          ]),
        ),
        answerMs: percentiles(ok.map(({ ms }) => ms)),
        ingest: { batches: sent.latenciesMs.length, acknowledgementMs: percentiles(sent.latenciesMs) },
        loopDelayMsP99: round(loopDelayMs, 1),
        cloud: meter.stop(),
      };
    } finally {
      gateway.stop();
      await cloud.stop();
    }
  });
}

async function askOn(
  cloud: { url: string; token: string },
  tag: string,
  until: number,
): Promise<{ status: number; ms: number }[]> {
  const answers: { status: number; ms: number }[] = [];
  while (performance.now() < until) {
    const to = Date.now();
    const start = performance.now();
    const response = await fetch(
      `${cloud.url}/api/v1/tags/${tag}/series?from=${to - 365 * 86_400_000}&to=${to}&points=2000`,
      { headers: { authorization: `Bearer ${cloud.token}` } },
    );
    await response.arrayBuffer();
    answers.push({ status: response.status, ms: performance.now() - start });
    if (response.status === 429) await wait(Number(response.headers.get('retry-after') ?? 1) * 1_000);
  }
  return answers;
}
