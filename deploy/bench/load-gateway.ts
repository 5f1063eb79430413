import { createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { BatchAnswer } from '@gongfu/shared/wire/acknowledgement';
import { encodeBatch } from '@gongfu/shared/wire/codec';
import { protocolVersion } from '@gongfu/shared/wire/handshake';
import { SignJWT } from 'jose';
import { io, type Socket } from 'socket.io-client';
import { newKey } from '#edge/uplink/identity';

export interface LoadGatewayOptions {
  readonly url: string;
  /** One-time code for a gateway of that name. */
  readonly code: string;
  readonly name: string;
  readonly tags: number;
  /** Told after each accepted hello, the first included. */
  readonly onReady?: () => void;
}

/** A gateway that only sends: enrolled, declared `t0 … tn`, one epoch; it connects again by itself. */
export class LoadGateway {
  readonly #options: LoadGatewayOptions;
  readonly #privateKey = newKey();
  readonly epoch = Date.now();
  #gatewayId = '';
  #socket: Socket | undefined;

  constructor(options: LoadGatewayOptions) {
    this.#options = options;
  }

  /** Resolves when the cloud has accepted the first hello. */
  async start(): Promise<void> {
    const { url, code, name } = this.#options;
    const response = await fetch(`${url}/api/v1/enrolments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        code,
        gatewayName: name,
        publicKey: createPublicKey(this.#privateKey).export({ format: 'jwk' }),
      }),
    });
    if (!response.ok) throw new Error(`enrolment: ${response.status} ${await response.text()}`);
    this.#gatewayId = ((await response.json()) as { gatewayId: string }).gatewayId;
    const socket = io(`${url}/edge`, {
      transports: ['websocket'],
      forceNew: true,
      auth: (give) => void tokenOf(this.#privateKey, this.#gatewayId).then((token) => give({ token })),
    });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', () => void this.#hello(socket).then(resolve, reject));
      // The service itself refuses: only then Socket.IO gives up.
      socket.on('connect_error', (error) => {
        if (!socket.active) reject(error);
      });
    });
  }

  stop(): void {
    this.#socket?.disconnect();
  }

  /** Resolves when the batch is durable; the rest of the answer is for who counts. */
  async send(sequence: number, bytes: Uint8Array): Promise<BatchAnswer> {
    return this.#socket!.emitWithAck('batch', { epoch: this.epoch, sequence }, bytes);
  }

  /** One sample of each tag, of now. */
  sweep(sequence: number, value: (tag: number) => number): Uint8Array {
    return this.sweeps(sequence, [Date.now()], value);
  }

  /** One sample of each tag at each of these times. */
  sweeps(sequence: number, times: readonly number[], value: (tag: number, time: number) => number): Uint8Array {
    const { tags } = this.#options;
    const count = tags * times.length;
    const timeOf = (place: number) => times[Math.floor(place / tags)] ?? Number.NaN;
    const block: SampleBlock<'number'> = {
      kind: 'number',
      count,
      tags: Uint32Array.from({ length: count }, (_, place) => (place % tags) + 1),
      sourceTimes: Float64Array.from({ length: count }, (_, place) => timeOf(place)),
      statuses: new Uint32Array(count),
      values: Float64Array.from({ length: count }, (_, place) => value(place % tags, timeOf(place))),
    };
    return encodeBatch({ epoch: this.epoch, sequence, blocks: [block], gaps: [] });
  }

  async #hello(socket: Socket): Promise<void> {
    const tags = Array.from({ length: this.#options.tags }, (_, i) => ({
      number: i + 1,
      source: 'load',
      name: `t${i}`,
      type: 'float64',
      scaled: false,
      unit: '',
      description: '',
      maxSilentMs: 1000,
    }));
    const hello = { protocol: protocolVersion, epoch: this.epoch, agentVersion: 'bench', tags };
    const answer = await socket.emitWithAck('hello', hello);
    if (answer.accepted !== true) throw new Error(JSON.stringify(answer));
    this.#options.onReady?.();
  }
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
