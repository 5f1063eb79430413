import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { messageOf } from '@gongfu/shared/base/problem';
import { Sender } from '../dashboards-bench.ts';
import { historyBench, sealedBytesOf } from '../history-bench.ts';
import type { IngestResult } from '../ingest-bench.ts';
import { LoadGateway } from '../load-gateway.ts';
import { ProcessMeter, percentiles, round } from '../process-meter.ts';
import { inFolder, startCloud } from '../programs.ts';
import { influxPeer } from './influx-peer.ts';
import { LinesFile } from './lines-file.ts';
import { deliver, ownQuestions, seal } from './own-store.ts';
import { bytesOf, type OpenPeer, type Peer, untilStill } from './peer.ts';
import { questdbPeer } from './questdb-peer.ts';
import { askAll, type Truth } from './questionnaire.ts';
import { victoriaPeer } from './victoria-peer.ts';
import { linesOf, type RowSet } from './walk-rows.ts';

const day = Date.UTC(2026, 0, 1);
const latestTags = 5_000;
const gateways = 8;

export interface StoresBenchOptions {
  /** Of the day, all tags once a second. */
  readonly samples: number;
  /** Of the day; a multiple of eight, at most 5,000. */
  readonly tags: number;
  readonly asks: number;
  /** Samples a second that go on coming in while the questions are asked again. */
  readonly ingestRate: number;
}

/** How a client hands its lines over. */
export interface Manner {
  readonly lines: number;
  readonly inFlight: number;
  readonly gzip: boolean;
}

const manners: readonly Manner[] = [
  { lines: 5_000, inFlight: 3, gzip: false },
  { lines: 10_000, inFlight: 3, gzip: false },
  { lines: 20_000, inFlight: 3, gzip: false },
  { lines: 10_000, inFlight: 6, gzip: false },
  { lines: 10_000, inFlight: 3, gzip: true },
];
const linesOfTrial = 1_000_000;

/** All tags once a second. */
export function dayOf({ samples, tags }: Pick<StoresBenchOptions, 'samples' | 'tags'>): RowSet {
  return { firstTag: 1, tags, rounds: Math.floor(samples / tags), from: day, intervalMs: 1_000 };
}

/** A day of many tags; a month of ten; and as many more tags, seen shortly before the day, as make 5,000 newest values. */
function setsOf({ samples, tags }: StoresBenchOptions): RowSet[] {
  const others = latestTags - tags;
  return [
    dayOf({ samples, tags }),
    { firstTag: 100_001, tags: 10, rounds: 30 * 8_640, from: Date.UTC(2026, 1, 1), intervalMs: 10_000 },
    ...(others > 0 ? [{ firstTag: 200_001, tags: others, rounds: 10, from: day - 3_600_000, intervalMs: 1_000 }] : []),
  ];
}

/**
 * The same rows in our store, through our whole ingest, and in those somebody could write to directly instead; then the same
 * questions, over HTTP, from this process. Whatever a client sends is made before the clock starts, for all alike.
 */
export async function storesBench(options: StoresBenchOptions): Promise<object> {
  const results: Record<string, object> = {};
  const say = (name: string, result: object): void => {
    results[name] = result;
    console.error(`  ${name}: ${JSON.stringify(result)}`);
  };
  await inFolder(async (root) => {
    const files: LinesFile[] = [];
    for (const set of setsOf(options)) files.push(await LinesFile.make(join(root, `${set.firstTag}.lines`), set));
    const truth: Truth = { day: files[0]!, month: files[1]!, latestTags: Math.max(latestTags, options.tags) };
    say('embedded, whole ingest', await embedded(files, truth, options));
    say('embedded, history alone', await historyBench(options));
    const peers = { InfluxDB: influxPeer, VictoriaMetrics: victoriaPeer, QuestDB: questdbPeer };
    for (const [name, open] of Object.entries(peers)) {
      // One that cannot is no reason to lose what the others have shown.
      say(
        name,
        await peerFigures(open, files, truth, options).catch((error: unknown) => ({ failed: messageOf(error) })),
      );
    }
    const behindUs = await influxBehindUs(files[0]!, async (data) => {
      await untilStill(data);
      return { bytesPerSample: round((await bytesOf(data)) / files[0]!.rows, 2) };
    });
    const direct = (results.InfluxDB as { samplesPerSecond?: number }).samplesPerSecond;
    say(
      'InfluxDB behind us, whole ingest',
      behindUs === undefined
        ? notThere
        : { ...behindUs, rateOfDirect: round(behindUs.samplesPerSecond / (direct ?? Number.NaN), 2) },
    );
    for (const file of files) await file.close();
  });
  return { ...options, ...results };
}

async function embedded(files: readonly LinesFile[], truth: Truth, { asks, ingestRate }: StoresBenchOptions) {
  const sets = files.map(({ set }) => set);
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return inFolder(async (folder) => {
    const first = await startCloud(folder);
    const written = await filled(first, sets).finally(() => first.stop());
    console.error(`  written: ${JSON.stringify(written)}`);
    const begun = performance.now();
    await seal(folder);
    const sealSeconds = round((performance.now() - begun) / 1000, 1);
    const history = join(folder, 'cloud', 'history');
    const cloud = await startCloud(folder, { token: first.token });
    const gateway = new LoadGateway({
      url: cloud.url,
      code: await cloud.code('now'),
      name: 'now',
      tags: ingestRate / 10,
    });
    try {
      const meter = new ProcessMeter(cloud.pid);
      const own = await ownQuestions(cloud, sets);
      const still = await askAll(own, truth, asks);
      await gateway.start();
      const sender = new Sender(gateway, 100);
      sender.start();
      const beside = await askAll(own, truth, asks);
      const writesMs = percentiles((await sender.stop()).latenciesMs);
      return {
        durable: 'each acknowledgement after its commit is synced',
        ...written,
        sealSeconds,
        sealedBytesPerSampleOfTheDay: round((await sealedBytesOf(history, day)) / files[0]!.rows, 2),
        sealedBytesPerSample: round((await bytesOf(join(history, 'days'))) / rows, 2),
        ...still,
        besideIngest: { ...beside, writesMs },
        ...{ whileAsked: meter.stop() },
      };
    } finally {
      gateway.stop();
      await cloud.stop();
    }
  });
}

/** Through our whole ingest: the day is measured, the others follow. */
async function filled(cloud: Awaited<ReturnType<typeof startCloud>>, sets: readonly RowSet[]) {
  const meter = new ProcessMeter(cloud.pid);
  const result = await deliver(cloud, sets[0]!, gateways);
  const figures = rateOf(result, meter.stop());
  for (const set of sets.slice(1)) await deliver(cloud, set, set.tags % gateways === 0 ? gateways : 1);
  const sent = sets.reduce((sum, { tags, rounds }) => sum + tags * rounds, 0);
  return { ...figures, lost: sent - (await cloud.metric('gongfu_cloud_samples_total')) };
}

function rateOf(result: IngestResult, server: { cpuSeconds: number; rssMBMax: number }) {
  const { samples, seconds } = result;
  return {
    samples,
    seconds: round(seconds, 1),
    samplesPerSecond: Math.round(samples / seconds),
    acknowledgementMs: percentiles(result.latenciesMs),
    server: costOf(server, samples),
  };
}

/** `weigh`: asked at the end, of the folder of InfluxDB, which still runs. */
export async function influxBehindUs(file: LinesFile, weigh: (data: string) => Promise<object> = async () => ({})) {
  return inFolder(async (folder) => {
    const data = join(folder, 'influx');
    const influx = await influxPeer(data);
    if (influx === undefined) return undefined;
    const { url, token, pid } = influx;
    const env = { INFLUX_URL: url, INFLUX_TOKEN: token, INFLUX_ORG: 'bench', INFLUX_BUCKET: 'bench' };
    try {
      const cloud = await startCloud(folder, { env });
      const meter = new ProcessMeter(pid);
      const written = await filled(cloud, [file.set]).finally(() => cloud.stop());
      return { ...written, influxServer: costOf(meter.stop(), file.rows), ...(await weigh(data)) };
    } finally {
      await influx.stop();
    }
  });
}

export function costOf(used: { cpuSeconds: number; rssMBMax: number }, samples: number) {
  return { ...used, cpuSecondsPerMillionSamples: round((used.cpuSeconds / samples) * 1e6, 2) };
}

export const notThere = { skipped: 'not installed: deploy/bench/stores/peers.sh gets it' };

async function peerFigures(open: OpenPeer, files: readonly LinesFile[], truth: Truth, options: StoresBenchOptions) {
  const tried = await tryManners(open, files[0]!);
  if (tried === undefined) return notThere;
  const { manner, trials } = tried;
  const measured = await withPeer(open, (peer, folder) => figures({ peer, folder, files, truth, manner, options }));
  return { ...measured, trials };
}

/** The best of five, each on an empty store. */
export async function tryManners(open: OpenPeer, file: LinesFile) {
  const trials: { manner: Manner; samplesPerSecond: number }[] = [];
  for (const manner of manners) {
    const tried = await withPeer(open, async (peer) =>
      manner.gzip && !peer.takesGzip ? 'refused' : fill(peer, file, manner, linesOfTrial),
    );
    if (tried === undefined) return undefined;
    if (tried !== 'refused') trials.push({ manner, samplesPerSecond: Math.round(tried.rows / tried.seconds) });
  }
  const { manner } = trials.reduce((best, trial) => (trial.samplesPerSecond > best.samplesPerSecond ? trial : best));
  return { manner, trials };
}

export async function withPeer<T>(
  open: OpenPeer,
  task: (peer: Peer, folder: string) => Promise<T>,
): Promise<T | undefined> {
  return inFolder(async (root) => {
    const folder = join(root, 'data');
    mkdirSync(folder);
    const peer = await open(folder);
    if (peer === undefined) return undefined;
    return task(peer, folder).finally(() => peer.stop());
  });
}

async function figures({
  peer,
  folder,
  files,
  truth,
  manner,
  options,
}: {
  peer: Peer;
  folder: string;
  files: readonly LinesFile[];
  truth: Truth;
  manner: Manner;
  options: StoresBenchOptions;
}) {
  const { asks, ingestRate, tags } = options;
  const meter = new ProcessMeter(peer.pid);
  const { rows, ...written } = await fillMeasured(peer, files[0]!, manner);
  for (const file of files.slice(1)) await fill(peer, file, manner);
  const all = files.reduce((sum, file) => sum + file.rows, 0);
  const begun = performance.now();
  await peer.settle(all);
  const settleSeconds = round((performance.now() - begun) / 1000, 1);
  const server = meter.stop();
  const bytes = await bytesOf(folder);
  const asked = new ProcessMeter(peer.pid);
  const still = await askAll(peer, truth, asks);
  const steady = new SteadyLines(peer, { tags, perSecond: ingestRate });
  const beside = await askAll(peer, truth, asks);
  const writesMs = await steady.stop();
  return {
    name: peer.name,
    durable: peer.durable,
    manner,
    samples: rows,
    ...written,
    settleSeconds,
    bytesPerSample: round(bytes / all, 2),
    // Until it has settled.
    server: costOf(server, all),
    ...still,
    besideIngest: { ...beside, writesMs },
    whileAsked: asked.stop(),
  };
}

/** With what it costs this process, the client. */
export async function fillMeasured(peer: Peer, file: LinesFile, manner: Manner) {
  const before = process.cpuUsage();
  const { rows, seconds } = await fill(peer, file, manner);
  const { user, system } = process.cpuUsage(before);
  return {
    rows,
    seconds: round(seconds, 1),
    samplesPerSecond: Math.round(rows / seconds),
    clientCpuSecondsPerMillionSamples: round((user + system) / rows, 2),
  };
}

/** To the answer to the last write. */
async function fill(peer: Peer, file: LinesFile, manner: Manner, linesMax = Number.POSITIVE_INFINITY) {
  let piece = 0;
  let lines = 0;
  const begun = performance.now();
  const lane = async (): Promise<void> => {
    while (lines < linesMax) {
      const from = piece;
      piece = file.behind(from, manner.lines);
      if (piece === from) return;
      const { bytes, count } = await file.read(from, piece);
      lines += count;
      if (manner.gzip) await peer.write(new Uint8Array(gzipSync(bytes, { level: 1 })), 'gzip');
      else await peer.write(bytes);
    }
  };
  await Promise.all(Array.from({ length: manner.inFlight }, lane));
  return { rows: lines, seconds: (performance.now() - begun) / 1000 };
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
    return percentiles(this.#milliseconds);
  }

  async #run(peer: Peer, tags: number, rows: number): Promise<void> {
    while (this.#isWanted) {
      const begun = performance.now();
      const times = Float64Array.from({ length: rows }, (_, row) => Date.now() + Math.floor(row / tags));
      await peer.write(
        new Uint8Array(Buffer.from(linesOf({ times, values: new Float64Array(rows).fill(50) }, tags, 1))),
      );
      this.#milliseconds.push(performance.now() - begun);
      await wait(Math.max(0, 100 - (performance.now() - begun)));
    }
  }
}
