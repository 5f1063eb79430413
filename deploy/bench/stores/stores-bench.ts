import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { historyBench } from '../history-bench.ts';
import { ingestBench } from '../ingest-bench.ts';
import { ProcessMeter, percentiles, round } from '../process-meter.ts';
import { inFolder } from '../programs.ts';
import { influxPeer } from './influx-peer.ts';
import { type Answer, bytesOf, type Peer, type Range } from './peer.ts';
import { questdbPeer } from './questdb-peer.ts';
import { victoriaPeer } from './victoria-peer.ts';
import { linesOf, WalkRows } from './walk-rows.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const day = Date.UTC(2026, 0, 1);
const month: Range = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 1) + 30 * dayMs };
/** Tags of the month: not those of the day. */
const monthTags = { from: 100_001, count: 10, intervalMs: 10_000 };
const roundsPerWrite = 10;
const writesInFlight = 3;

export interface StoresBenchOptions {
  /** Of the day, all tags once a second. */
  readonly samples: number;
  readonly tags: number;
  readonly asks: number;
  /** Samples a second that go on coming in while the questions are asked again. */
  readonly ingestRate: number;
}

/**
 * The same rows in our stores, through our whole ingest and in the history alone, and in those somebody could write to
 * directly instead; then the same questions. Peers are asked over HTTP from this process.
 */
export async function storesBench(options: StoresBenchOptions): Promise<object> {
  const results: Record<string, object> = {};
  const say = (name: string, result: object): void => {
    results[name] = result;
    console.error(`  ${name}: ${JSON.stringify(result)}`);
  };
  const gateways = 8;
  const load = {
    gateways,
    samplesPerBatch: 2_000,
    batchesPerGateway: Math.ceil(options.samples / gateways / 2_000),
    tagsPerGateway: options.tags / gateways,
  };
  say('embedded, whole ingest', await ingestBench(load));
  say('embedded, history', await historyBench(options));
  for (const open of [influxPeer, victoriaPeer, questdbPeer]) {
    await inFolder(async (folder) => {
      const peer = await open(join(folder, 'data'));
      if (peer === undefined) return say(open.name, { skipped: 'not installed: deploy/bench/stores/peers.sh gets it' });
      try {
        say(peer.name, await measured(peer, join(folder, 'data'), options));
      } finally {
        await peer.stop();
      }
    });
  }
  await inFolder(async (folder) => {
    const influx = await influxPeer(join(folder, 'data'));
    if (influx === undefined) return;
    const { url, token, pid } = influx;
    const servers = { INFLUX_URL: url, INFLUX_TOKEN: token, INFLUX_ORG: 'bench', INFLUX_BUCKET: 'bench' };
    try {
      const meter = new ProcessMeter(pid);
      const result = await ingestBench({ ...load, env: servers });
      const server = meter.stop();
      await wait(5_000);
      const bytes = await bytesOf(join(folder, 'data', 'engine'));
      say('InfluxDB behind us, whole ingest', { ...result, server, bytesPerSample: round(bytes / options.samples, 2) });
    } finally {
      await influx.stop();
    }
  });
  return { ...options, ...results };
}

async function measured(peer: Peer, folder: string, { samples, tags, asks, ingestRate }: StoresBenchOptions) {
  const rows = new WalkRows({ tags, rounds: Math.floor(samples / tags), from: day, intervalMs: 1_000 });
  const meter = new ProcessMeter(peer.pid);
  const ownCpu = process.cpuUsage();
  const seconds = await fill(peer, rows);
  const own = process.cpuUsage(ownCpu);
  const begun = performance.now();
  await peer.settle(rows.rows);
  const settleSeconds = round((performance.now() - begun) / 1000, 1);
  const server = meter.stop();
  const bytes = await bytesOf(folder);
  const millions = rows.rows / 1e6;
  const months = new WalkRows({ tags: monthTags.count, rounds: 30 * 8_640, ...monthTags, from: month.from });
  await fill(peer, months, monthTags.from);
  await peer.settle(rows.rows + months.rows);
  const still = await questions(peer, rows, asks);
  const steady = new SteadyLines(peer, { tags, perSecond: ingestRate });
  const beside = await questions(peer, rows, asks);
  return {
    durable: peer.durable,
    samples: rows.rows,
    seconds: round(seconds, 1),
    samplesPerSecond: Math.round(rows.rows / seconds),
    settleSeconds,
    bytesPerSample: round(bytes / rows.rows, 2),
    server: { ...server, cpuSecondsPerMillionSamples: round(server.cpuSeconds / millions, 2) },
    clientCpuSecondsPerMillionSamples: round((own.user + own.system) / 1e6 / millions, 2),
    ...still,
    besideIngest: { ...beside, writes: await steady.stop() },
  };
}

async function fill(peer: Peer, rows: WalkRows, firstTag = 1): Promise<number> {
  const begun = performance.now();
  const rounds = Math.max(1, Math.floor((roundsPerWrite * 1_000) / rows.tags));
  const lane = async (): Promise<void> => {
    for (let some = rows.next(rounds); some !== undefined; some = rows.next(rounds)) {
      await peer.write(linesOf(some, rows.tags, firstTag));
    }
  };
  await Promise.all(Array.from({ length: writesInFlight }, lane));
  return (performance.now() - begun) / 1000;
}

async function questions(peer: Peer, rows: WalkRows, asks: number) {
  const { tags } = rows;
  const range: Range = { from: day, to: day + (rows.rows / tags) * 1_000 };
  const spanMs = range.to - range.from;
  const ten = Array.from({ length: 10 }, (_, i) => 1 + Math.floor((i * tags) / 10));
  const ofMonth = Array.from({ length: monthTags.count }, (_, i) => monthTags.from + i);
  const few = Math.max(2, Math.round(asks / 10));
  const hour = (): Range => {
    const from = day + 1_000 * Math.floor((Math.random() * Math.max(0, spanMs - hourMs)) / 1_000);
    return { from, to: Math.min(from + hourMs, range.to) };
  };
  const lowest = Math.min(...ten.map((tag) => rows.lowest[tag - 1]!));
  const highest = Math.max(...ten.map((tag) => rows.highest[tag - 1]!));
  const raw = await timed(asks, () => peer.raw(1 + Math.floor(Math.random() * tags), hour()));
  const points = await timed(few, () => peer.steps(ten, range, Math.ceil(spanMs / 1_000)));
  const last = await timed(few, () => peer.last(range));
  return {
    rawHourOfOneTag: raw,
    tenTagsTo1000Points: points,
    monthOfTenTagsTo1000Points: await timed(few, () => peer.steps(ofMonth, month, (30 * dayMs) / 1_000)),
    [`dayOfAllTagsByMinute${peer.manyStepsAreMeanOnly ? 'MeanOnly' : ''}`]: await timed(2, () =>
      peer.manySteps(tags, range, 60_000),
    ),
    lastOfAllTags: last,
    // What was written is what was asked, to the last bit of the extremes.
    isRight:
      raw.answer.rows === Math.min(3_600, spanMs / 1_000) &&
      last.answer.rows >= tags &&
      points.answer.lowest === lowest &&
      points.answer.highest === highest,
  };
}

async function timed(times: number, question: () => Promise<Answer>) {
  const milliseconds: number[] = [];
  let answer: Answer = { rows: 0, lowest: Number.NaN, highest: Number.NaN };
  for (let n = 0; n < times; n += 1) {
    const begun = performance.now();
    answer = await question();
    milliseconds.push(performance.now() - begun);
  }
  return { ...percentiles(milliseconds), answer };
}

/** Rows of now, ten writes a second, until it is stopped. */
class SteadyLines {
  readonly #milliseconds: number[] = [];
  #isWanted = true;
  readonly #running: Promise<void>;

  constructor(peer: Peer, { tags, perSecond }: { tags: number; perSecond: number }) {
    this.#running = this.#run(peer, tags, Math.round(perSecond / 10));
  }

  async stop(): Promise<object> {
    this.#isWanted = false;
    await this.#running;
    return { count: this.#milliseconds.length, milliseconds: percentiles(this.#milliseconds) };
  }

  async #run(peer: Peer, tags: number, rows: number): Promise<void> {
    while (this.#isWanted) {
      const begun = performance.now();
      const times = Float64Array.from({ length: rows }, (_, row) => Date.now() + Math.floor(row / tags));
      await peer.write(linesOf({ times, values: new Float64Array(rows).fill(50) }, tags, 1));
      this.#milliseconds.push(performance.now() - begun);
      await wait(Math.max(0, 100 - (performance.now() - begun)));
    }
  }
}
