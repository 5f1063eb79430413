import type { SampleBlock } from '@gongfu/shared/model/sample';
import { encodeBatch } from '@gongfu/shared/wire/codec';
import type { IngestLoad, IngestResult } from './ingest-bench.ts';
import { LoadGateway } from './load-gateway.ts';
import { WalkRows } from './stores/walk-rows.ts';

/** The load of `ingest-bench.ts`, in a process of its own. Batches are encoded before the clock starts. */
interface Gateway {
  readonly link: LoadGateway;
  readonly batches: Uint8Array[];
}

const latencies: number[] = [];
const outcomes: Record<string, number> = {};
let bytesSent = 0;
let samples = 0;

process.once('message', async (load: IngestLoad) => {
  const links = await Promise.all(load.codes.map((code, n) => connect(load, code, n)));
  const gateways = links.map((link) => ({ link, batches: [] }));
  encodeAll(load, gateways);
  const start = performance.now();
  await Promise.all(gateways.map(send));
  const seconds = (performance.now() - start) / 1000;
  for (const { link } of gateways) link.stop();
  const result: IngestResult = { seconds, samples, outcomes, latenciesMs: latencies, bytesSent };
  process.send?.({ result });
});

async function connect(load: IngestLoad, code: string, n: number): Promise<LoadGateway> {
  const { url, tagsPerGateway: tags, prefix = 'load' } = load;
  const link = new LoadGateway({ url, code, name: `${prefix}-${n}`, tags });
  await link.start();
  return link;
}

/** Quantised random walks of two decimals, what a plant's floats look like: the tags of one gateway after those of the other. */
function encodeAll(load: IngestLoad, gateways: readonly Gateway[]): void {
  const { tagsPerGateway, intervalMs = 1_000 } = load;
  const tags = tagsPerGateway * gateways.length;
  const roundsPerBatch = Math.max(1, Math.floor(load.samplesPerBatch / tagsPerGateway));
  const rounds = load.rounds ?? load.batchesPerGateway * roundsPerBatch;
  const walk = new WalkRows({ tags, rounds, intervalMs, from: load.from ?? Date.now() - rounds * intervalMs });
  for (let some = walk.next(roundsPerBatch); some !== undefined; some = walk.next(roundsPerBatch)) {
    for (const [n, { link, batches }] of gateways.entries()) {
      batches.push(batchOf(some, { tags, first: n * tagsPerGateway, count: tagsPerGateway }, link, batches.length + 1));
    }
  }
}

function batchOf(
  { times, values }: { times: Float64Array; values: Float64Array },
  { tags, first, count }: { tags: number; first: number; count: number },
  { epoch }: LoadGateway,
  sequence: number,
): Uint8Array {
  const total = (values.length / tags) * count;
  const rowOf = (i: number) => Math.floor(i / count) * tags + first + (i % count);
  samples += total;
  const block: SampleBlock<'number'> = {
    kind: 'number',
    count: total,
    tags: Uint32Array.from({ length: total }, (_, i) => (i % count) + 1),
    sourceTimes: Float64Array.from({ length: total }, (_, i) => times[rowOf(i)]!),
    statuses: new Uint32Array(total),
    values: Float64Array.from({ length: total }, (_, i) => values[rowOf(i)]!),
  };
  return encodeBatch({ epoch, sequence, blocks: [block], gaps: [] });
}

/** Eight batches on the way at any time. */
async function send(gateway: Gateway): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < gateway.batches.length) {
      const sequence = next + 1;
      const bytes = gateway.batches[next]!;
      next += 1;
      await sendOne(gateway, sequence, bytes);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

async function sendOne({ link }: Gateway, sequence: number, bytes: Uint8Array): Promise<void> {
  const start = performance.now();
  for (;;) {
    const answer = await link.send(sequence, bytes);
    outcomes[answer.outcome] = (outcomes[answer.outcome] ?? 0) + 1;
    bytesSent += bytes.length;
    if (answer.outcome === 'stored') break;
    if (answer.outcome !== 'retry') throw new Error(JSON.stringify(answer));
    await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs));
  }
  latencies.push(performance.now() - start);
}
