import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { BatchAnswer } from '@gongfu/shared/wire/acknowledgement';
import { encodeBatch } from '@gongfu/shared/wire/codec';
import { protocolVersion } from '@gongfu/shared/wire/handshake';
import { SignJWT } from 'jose';
import { io, type Socket } from 'socket.io-client';
import type { IngestLoad, IngestResult } from './ingest-bench.ts';

/** The load of `ingest-bench.ts`, in a process of its own. Batches are encoded before the clock starts. */
interface Gateway {
  readonly socket: Socket;
  readonly epoch: number;
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
  for (const { socket } of gateways) socket.disconnect();
  const result: IngestResult = { seconds, acknowledged, outcomes, latenciesMs: latencies, bytesSent };
  process.send?.(result);
});

async function connect(load: IngestLoad, code: string, n: number): Promise<Gateway> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const response = await fetch(`${load.url}/api/v1/enrolments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, gatewayName: `load-${n}`, publicKey: publicKey.export({ format: 'jwk' }) }),
  });
  const { gatewayId } = (await response.json()) as { gatewayId: string };
  const socket = io(`${load.url}/edge`, {
    transports: ['websocket'],
    auth: { token: await tokenOf(privateKey, gatewayId) },
    reconnection: false,
  });
  await new Promise((resolve, reject) => socket.once('connect', () => resolve(null)).once('connect_error', reject));
  const epoch = Date.now();
  const tags = Array.from({ length: load.tagsPerGateway }, (_, i) => ({
    number: i + 1,
    source: 'load',
    name: `t${i}`,
    type: 'float64',
    scaled: false,
    unit: '',
    description: '',
    maxSilentMs: 1000,
  }));
  const answer = await socket.emitWithAck('hello', { protocol: protocolVersion, epoch, agentVersion: 'bench', tags });
  if (answer.accepted !== true) throw new Error(JSON.stringify(answer));
  return { socket, epoch, batches: encodeAll(load, epoch, n) };
}

function tokenOf(key: KeyObject, gatewayId: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(gatewayId)
    .setAudience('gongfu-cloud')
    .setIssuedAt()
    .setExpirationTime('10m')
    .setJti(randomUUID())
    .sign(key);
}

/** Quantised random walks of two decimals, every tag once a second: what a plant's floats look like. */
function encodeAll(load: IngestLoad, epoch: number, seed: number): Uint8Array[] {
  let state = seed + 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const walk = new Float64Array(load.tagsPerGateway).fill(5000);
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
      block.sourceTimes[i] = epoch - 3_600_000 + Math.floor(row / load.tagsPerGateway) * 1000;
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

async function sendOne({ socket, epoch }: Gateway, sequence: number, bytes: Uint8Array): Promise<void> {
  const start = performance.now();
  for (;;) {
    const answer: BatchAnswer = await socket.emitWithAck('batch', { epoch, sequence }, bytes);
    outcomes[answer.outcome] = (outcomes[answer.outcome] ?? 0) + 1;
    bytesSent += bytes.length;
    if (answer.outcome === 'stored') break;
    if (answer.outcome !== 'retry') throw new Error(JSON.stringify(answer));
    await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs));
  }
  latencies.push(performance.now() - start);
  acknowledged += 1;
}
