import { forkLoad } from './fork-load.ts';
import { ProcessMeter, percentiles, round } from './process-meter.ts';
import { inFolder, startCloud } from './programs.ts';

/** What the load process is told and what it tells back. */
export interface IngestLoad {
  readonly url: string;
  readonly codes: readonly string[];
  readonly batchesPerGateway: number;
  readonly samplesPerBatch: number;
  readonly tagsPerGateway: number;
  /** Gateways are called so and a number; `load` unless told. */
  readonly prefix?: string;
  /** Epoch ms of the first round; unless told the last is about now. */
  readonly from?: number;
  /** Of each tag; unless told as many as the batches hold. */
  readonly rounds?: number;
  /** 1 s unless told. */
  readonly intervalMs?: number;
}

export interface IngestResult {
  readonly seconds: number;
  readonly samples: number;
  readonly outcomes: Record<string, number>;
  readonly latenciesMs: readonly number[];
  readonly bytesSent: number;
}

/** Eight gateways at once, each with a window of batches in flight; every acknowledgement is a durable write. */
export async function ingestBench(options: {
  gateways: number;
  batchesPerGateway: number;
  samplesPerBatch: number;
  tagsPerGateway?: number;
  /** Of the service: what it stores to. */
  env?: Readonly<Record<string, string>>;
}): Promise<object> {
  const { env = {}, tagsPerGateway = 1_000, ...told } = options;
  return inFolder(async (folder) => {
    const cloud = await startCloud(folder, { env });
    try {
      const codes: string[] = [];
      for (let n = 0; n < options.gateways; n += 1) codes.push(await cloud.code(`load-${n}`));
      const meter = new ProcessMeter(cloud.pid);
      const result = await forkLoad<IngestLoad, IngestResult>('ingest-load', {
        url: cloud.url,
        codes,
        tagsPerGateway,
        ...told,
      }).result;
      const usage = meter.stop();
      const stored = await cloud.metric('gongfu_cloud_samples_total');
      const { samples } = result;
      return {
        ...told,
        tagsPerGateway,
        seconds: round(result.seconds, 2),
        samplesAcknowledged: samples,
        samplesStored: stored,
        lost: samples - stored,
        samplesPerSecond: Math.round(samples / result.seconds),
        outcomes: result.outcomes,
        acknowledgementMs: percentiles(result.latenciesMs),
        wireBytesPerSample: round(result.bytesSent / samples, 2),
        cloud: { ...usage, cpuSecondsPerMillionSamples: round((usage.cpuSeconds / samples) * 1e6, 2) },
      };
    } finally {
      await cloud.stop();
    }
  });
}
