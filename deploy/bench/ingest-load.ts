import type { SampleBlock } from '@gongfu/shared/model/sample';
import { encodeBatch } from '@gongfu/shared/wire/codec';
import type { IngestLoad, IngestResult } from './ingest-bench.ts';
import { LoadGateway } from './load-gateway.ts';

/** The load of `ingest-bench.ts`, in a process of its own. Batches are encoded before the clock starts. */
interface Gateway {
  readonly link: LoadGateway;
  readonly batches: Uint8Array[];
}

const latencies: number[] = [];
const outcomes: Record<string, number> = {};
let bytesSent = 0;
let acknowledged = 0;

process.once('message', async (load: IngestLoad) => {
  const gateways = await Promise.all(load.codes.map((code, n) => connect(load, code, n)));
  const start = performance.now();
  await Promise.all(gateways.map(send));
  const seconds = (performance.now() - start) / 1000;
  for (const { link } of gateways) link.stop();
  const result: IngestResult = { seconds, acknowledged, outcomes, latenciesMs: latencies, bytesSent };
  process.send?.({ result });
});

async function connect(load: IngestLoad, code: string, n: number): Promise<Gateway> {
  const link = new LoadGateway({ url: load.url, code, name: `load-${n}`, tags: load.tagsPerGateway });
  await link.start();
  return { link, batches: encodeAll(load, link.epoch, n) };
}

/** Quantised random walks of two decimals, every tag once a second: what a plant's floats look like. */
function encodeAll(load: IngestLoad, epoch: number, seed: number): Uint8Array[] {
  let state = seed + 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const walk = new Float64Array(load.tagsPerGateway).fill(5000);
  // What is sent ends about now.
  const from = epoch - Math.ceil((load.batchesPerGateway * load.samplesPerBatch) / load.tagsPerGateway) * 1000;
  let row = 0;
  return Array.from({ length: load.batchesPerGateway }, (_, index) => {
    const count = load.samplesPerBatch;
    const block: SampleBlock<'number'> = {
      kind: 'number',
      count,
      tags: new Uint32Array(count),
      sourceTimes: new Float64Array(count),
      statuses: new Uint32Array(count),
      values: new Float64Array(count),
    };
    for (let i = 0; i < count; i += 1, row += 1) {
      const tag = row % load.tagsPerGateway;
      walk[tag] = walk[tag]! + Math.round(random() * 20 - 10);
      block.tags[i] = tag + 1;
      block.sourceTimes[i] = from + Math.floor(row / load.tagsPerGateway) * 1000;
      block.values[i] = walk[tag]! / 100;
    }
    return encodeBatch({ epoch, sequence: index + 1, blocks: [block], gaps: [] });
  });
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
  acknowledged += 1;
}
