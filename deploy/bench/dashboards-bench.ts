import { setTimeout as wait } from 'node:timers/promises';
import { forkLoad } from './fork-load.ts';
import { LoadGateway } from './load-gateway.ts';
import { megabytes, ProcessMeter, percentiles, RssPeak, round, usageOf } from './process-meter.ts';
import { inFolder, startCloud } from './programs.ts';

/** What the dashboards' process is told, and what it tells back when the first paused ones are paused, and at the end. */
export interface DashboardsLoad {
  readonly url: string;
  readonly token: string;
  readonly tags: readonly string[];
  readonly normal: number;
  readonly paused: number;
  readonly seconds: number;
}

export interface DashboardsResult {
  readonly itemsHeard: number;
  /** From the sending of a sample by its gateway to its arrival at a normal dashboard, ms; a share of all. */
  readonly agesMs: readonly number[];
  readonly normalConnected: number;
  readonly pausedCut: number;
}

/**
 * Dashboards that read and dashboards that have stopped reading, all following everything: what they cost the cloud, and
 * the slow ones the quick ones. First the gateway alone, then everybody reads, then some are paused; of each the highest
 * memory of the service's process.
 */
export async function dashboardsBench(options: {
  normal: number;
  paused: number;
  updatesPerSecond: number;
  tags: number;
  seconds: number;
  /** Before anything is measured, then between what is measured, and at the end. */
  waitSeconds: { warmUp: number; calm: number; end: number };
}) {
  const { normal, paused, updatesPerSecond, tags, seconds, waitSeconds } = options;
  return inFolder(async (folder) => {
    const cloud = await startCloud(folder);
    const gateway = new LoadGateway({ url: cloud.url, code: await cloud.code('load'), name: 'load', tags });
    try {
      await gateway.start();
      const { items } = await cloud.get<{ items: { id: string }[] }>('/api/v1/tags?limit=10000');
      const sender = new Sender(gateway, (tags / updatesPerSecond) * 1_000);
      sender.start();
      await wait(waitSeconds.warmUp * 1_000);
      const alone = new RssPeak(cloud.pid);
      await wait(waitSeconds.calm * 1_000);
      const aloneMB = alone.stop();
      const reading = new RssPeak(cloud.pid);
      const dashboards = forkLoad<DashboardsLoad, DashboardsResult>('dashboards-load', {
        url: cloud.url,
        token: cloud.token,
        tags: items.map(({ id }) => id),
        normal,
        paused,
        seconds,
      });
      await dashboards.step('paused');
      const readingMB = reading.stop();
      const meter = new ProcessMeter(cloud.pid);
      const stopped = new RssPeak(cloud.pid);
      const result = await dashboards.result;
      const usage = meter.stop();
      const pausedMB = stopped.stop();
      await wait(waitSeconds.calm * 1_000);
      const afterMB = megabytes(usageOf(cloud.pid).rssBytes);
      await wait(waitSeconds.end * 1_000);
      const longAfterMB = megabytes(usageOf(cloud.pid).rssBytes);
      const sent = await sender.stop();
      await wait(500);
      return {
        ...options,
        updatesSent: sent.sweeps * tags,
        achievedRate: round((sent.sweeps * tags) / (sent.seconds * updatesPerSecond), 3),
        stored: await cloud.metric('gongfu_cloud_samples_total'),
        itemsHeard: result.itemsHeard,
        normalConnected: result.normalConnected,
        pausedCut: result.pausedCut,
        ageMs: percentiles(result.agesMs),
        sweepsSentAgain: sent.retries,
        sweepsNotAcknowledged: sent.sweeps - sent.latenciesMs.length,
        acknowledgementMs: percentiles(sent.latenciesMs),
        cloud: {
          ...usage,
          rssMBGatewayAlone: aloneMB,
          rssMBAllReading: readingMB,
          rssMBSomePaused: pausedMB,
          rssMBAfter: afterMB,
          rssMBAtEnd: longAfterMB,
          rssMBGrowthByAll: round(Math.max(readingMB, pausedMB) - aloneMB, 1),
          rssMBGrowthByPaused: round(pausedMB - readingMB, 1),
        },
      };
    } finally {
      gateway.stop();
      await cloud.stop();
    }
  });
}

/** How long the last answers are waited for. */
const answerPatienceMs = 5_000;

/** One sweep of all tags in each period, its values the time of sending. */
export class Sender {
  readonly #gateway: LoadGateway;
  readonly #periodMs: number;
  readonly #latenciesMs: number[] = [];
  readonly #underway = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #sequence = 0;
  #startedAt = 0;
  #retries = 0;

  /** The same by what the service had said. */
  readonly retriesByCode: Record<string, number> = {};

  constructor(gateway: LoadGateway, periodMs: number) {
    this.#gateway = gateway;
    this.#periodMs = periodMs;
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => {
      const sweep = this.#sweep().finally(() => this.#underway.delete(sweep));
      this.#underway.add(sweep);
    }, this.#periodMs);
  }

  /** Sweeps sent again so far, as they were answered `retry`. */
  get retries(): number {
    return this.#retries;
  }

  /** Nothing more is sent; what has been is waited for, a while: an answer that never comes is one missing. */
  async stop(): Promise<{ sweeps: number; seconds: number; latenciesMs: readonly number[]; retries: number }> {
    clearInterval(this.#timer);
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    await Promise.race([Promise.all(this.#underway), wait(answerPatienceMs)]);
    return { sweeps: this.#sequence, seconds, latenciesMs: this.#latenciesMs, retries: this.#retries };
  }

  async #sweep(): Promise<void> {
    this.#sequence += 1;
    const sequence = this.#sequence;
    const at = Date.now();
    const sentAt = performance.now();
    const bytes = this.#gateway.sweep(sequence, () => at);
    // A connection lost under load leaves the batch without an answer: then it is one not acknowledged.
    let answer = await this.#gateway.send(sequence, bytes).catch(() => undefined);
    while (answer?.outcome === 'retry') {
      this.#retries += 1;
      this.retriesByCode[answer.code] = (this.retriesByCode[answer.code] ?? 0) + 1;
      await wait(answer.retryAfterMs);
      answer = await this.#gateway.send(sequence, bytes).catch(() => undefined);
    }
    if (answer?.outcome === 'stored') this.#latenciesMs.push(performance.now() - sentAt);
  }
}
