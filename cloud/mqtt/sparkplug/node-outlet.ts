import type { Clock } from '@gongfu/shared/base/clock';
import { type Sample, type SampleBlock, sampleAt } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { Will } from '../broker-connection.ts';
import { OutletQueue } from '../outlet-queue.ts';
import type { PublishedSignal } from '../published-plant.ts';
import { DataType } from './data-type.ts';
import { birthMetric, dataMetric } from './own-metric.ts';
import { decodePayload, encodePayload, type OwnMetric } from './payload.ts';
import { commandTopic } from './topic.ts';

type Publish = (topic: string, payload: Uint8Array, options: { qos: 0 | 1; retain: boolean }) => Promise<void>;

interface Waiting {
  readonly device: string;
  readonly kind: ColumnKind;
  readonly sample: Sample;
  /** Number of the birth it was taken after; 0 before the first. */
  readonly birth: number;
}

/** The service as an edge node for the host applications of others: each asset a device, its signals metrics with aliases. */
export class NodeOutlet {
  readonly #group: string;
  readonly #node: string;
  readonly #latest: (tags: readonly number[]) => Promise<ReadonlyMap<number, Sample>>;
  readonly #publish: Publish;
  readonly #clock: Clock;
  readonly queue: OutletQueue<Waiting>;
  #devices = new Map<string, PublishedSignal[]>();
  #deviceOf = new Map<number, readonly PublishedSignal[]>();
  #born: ReadonlySet<string> = new Set();
  #birthSequence: number;
  #sequence = 0;
  #births = 0;
  #turn: Promise<void> = Promise.resolve();
  /** Births that were asked for and have not begun. */
  #nextBirth: Promise<void> | undefined;

  constructor(options: {
    group: string;
    node: string;
    latest: (tags: readonly number[]) => Promise<ReadonlyMap<number, Sample>>;
    publish: Publish;
    clock: Clock;
    waitingMax: number;
  }) {
    this.#group = options.group;
    this.#node = options.node;
    this.#latest = options.latest;
    this.#publish = options.publish;
    this.#clock = options.clock;
    // After a restart another number than before it, without keeping one: a late death of the last life is none of this.
    this.#birthSequence = Math.trunc(options.clock.now() / 1000) & 255;
    this.queue = new OutletQueue({
      send: (items) => this.#inTurn(() => this.#data(items)),
      waitingMax: options.waitingMax,
      batchMax: 500,
    });
  }

  get subscriptions(): readonly string[] {
    return [commandTopic(this.#group, this.#node)];
  }

  describe(signals: readonly PublishedSignal[]): void {
    this.#devices = new Map();
    this.#deviceOf = new Map();
    for (const signal of signals) {
      const { assetId, tag } = signal;
      this.#devices.set(assetId, [...(this.#devices.get(assetId) ?? []), signal]);
      this.#deviceOf.set(tag, [...(this.#deviceOf.get(tag) ?? []), signal]);
    }
  }

  take(blocks: readonly SampleBlock[]): void {
    const waiting: Waiting[] = [];
    for (const block of blocks) {
      for (let row = 0; row < block.count; row += 1) {
        for (const { assetId, kind } of this.#deviceOf.get(block.tags[row]!) ?? []) {
          waiting.push({ device: assetId, kind, sample: sampleAt(block, row), birth: this.#births });
        }
      }
    }
    if (waiting.length > 0) this.queue.push(waiting);
  }

  /** One higher for each connection; the birth that follows says the same number. */
  will(): Will {
    this.#birthSequence = (this.#birthSequence + 1) & 255;
    return { topic: this.#topic('NDEATH'), payload: this.#death(), retain: false };
  }

  /** After a connection, on command, and when the assets are others. However often it is asked for: what has not begun tells all. */
  born(): Promise<void> {
    this.#nextBirth ??= this.#inTurn(() => {
      this.#nextBirth = undefined;
      return this.#birth();
    });
    return this.#nextBirth;
  }

  goodbye(): Promise<void> {
    this.queue.pause();
    return this.#inTurn(() => this.#publish(this.#topic('NDEATH'), this.#death(), { qos: 1, retain: false }));
  }

  /** True for the command to tell all births anew. */
  isRebirth(topic: string, payload: Uint8Array): boolean {
    if (topic !== commandTopic(this.#group, this.#node)) return false;
    const { metrics } = decodePayload(payload);
    return metrics.some(({ name, carried }) => name === 'Node Control/Rebirth' && carried === true);
  }

  async #birth(): Promise<void> {
    const now = Math.trunc(this.#clock.now());
    this.#sequence = 0;
    this.#births += 1;
    await this.#tell('NBIRTH', '', [
      this.#bdSeq(now),
      { name: 'Node Control/Rebirth', time: now, datatype: DataType.Boolean, value: false, carrier: 'booleanValue' },
    ]);
    for (const [device, signals] of this.#devices) {
      const latest = await this.#latest(signals.map(({ tag }) => tag));
      const metrics = signals.map((signal) => birthMetric(signal, latest.get(signal.tag), now));
      await this.#tell('DBIRTH', device, metrics);
    }
    for (const device of this.#born) if (!this.#devices.has(device)) await this.#tell('DDEATH', device, []);
    this.#born = new Set(this.#devices.keys());
    this.queue.resume();
  }

  async #data(items: readonly Waiting[]): Promise<void> {
    for (const [device, own] of grouped(items)) {
      const signals = this.#devices.get(device);
      if (signals === undefined || !this.#born.has(device)) continue;
      const known = new Set(signals.map(({ tag }) => tag));
      const metrics = own
        .filter(({ sample }) => known.has(sample.tag))
        .map(({ sample, kind, birth }) => dataMetric(sample.tag, kind, sample, birth < this.#births));
      if (metrics.length > 0) await this.#tell('DDATA', device, metrics);
    }
  }

  async #tell(kind: string, device: string, metrics: readonly OwnMetric[]): Promise<void> {
    const time = Math.trunc(this.#clock.now());
    const payload = encodePayload({ time, sequence: this.#sequence, metrics });
    this.#sequence = (this.#sequence + 1) & 255;
    await this.#publish(this.#topic(kind, device), payload, { qos: 0, retain: false });
  }

  #death(): Uint8Array {
    const now = Math.trunc(this.#clock.now());
    return encodePayload({ time: now, metrics: [this.#bdSeq(now)] });
  }

  #bdSeq(time: number): OwnMetric {
    const value = BigInt(this.#birthSequence);
    return { name: 'bdSeq', time, datatype: DataType.Int64, value, carrier: 'longValue' };
  }

  #topic(kind: string, device = ''): string {
    return `spBv1.0/${this.#group}/${kind}/${this.#node}${device === '' ? '' : `/${device}`}`;
  }

  /** Births and data never mix: their numbers would. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const next = this.#turn.then(work);
    this.#turn = next.catch(() => {});
    return next;
  }
}

function grouped(items: readonly Waiting[]): Map<string, Waiting[]> {
  const groups = new Map<string, Waiting[]>();
  for (const item of items) {
    const group = groups.get(item.device);
    if (group === undefined) groups.set(item.device, [item]);
    else group.push(item);
  }
  return groups;
}
