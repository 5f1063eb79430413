import { messageOf } from '@gongfu/shared/base/problem';
import { qualityOf } from '@gongfu/shared/model/quality';
import { type Sample, type SampleBlock, sampleAt } from '@gongfu/shared/model/sample';
import { OutletQueue } from './outlet-queue.ts';
import { type PublishedSignal, topicLevels } from './published-plant.ts';

type Publish = (topic: string, payload: Uint8Array, options: { qos: 0 | 1; retain: boolean }) => Promise<void>;

interface Target {
  readonly topic: string;
  readonly unit: string;
}

interface Waiting extends Target {
  readonly sample: Sample;
}

/** Samples a broker has refused, and the newest of the refusals. */
interface Refusals {
  readonly refused: number;
  readonly refusal: string;
}

/** Samples as JSON under topics by ISA-95: `<enterprise>/<site>/<area>/<line>/<unit>/<signal>`. At least once, in order. */
export class PlainOutlet {
  readonly #enterprise: string;
  readonly #retain: boolean;
  readonly #publish: Publish;
  readonly queue: OutletQueue<Waiting>;
  #targets = new Map<number, readonly Target[]>();
  #refused = 0;
  #refusal = '';

  constructor(options: { enterprise: string; retain: boolean; publish: Publish; waitingMax: number }) {
    this.#enterprise = options.enterprise;
    this.#retain = options.retain;
    this.#publish = options.publish;
    this.queue = new OutletQueue({ send: (items) => this.#send(items), waitingMax: options.waitingMax, batchMax: 100 });
  }

  get refusals(): Refusals {
    return { refused: this.#refused, refusal: this.#refusal };
  }

  describe(signals: readonly PublishedSignal[]): void {
    const targets = new Map<number, Target[]>();
    for (const { tag, assetId, name, unit } of signals) {
      const path = [this.#enterprise, ...assetId.split('.'), topicLevels(name)].filter((level) => level !== '');
      const target = { topic: path.join('/'), unit };
      const known = targets.get(tag);
      if (known === undefined) targets.set(tag, [target]);
      else known.push(target);
    }
    this.#targets = targets;
  }

  take(blocks: readonly SampleBlock[]): void {
    const waiting: Waiting[] = [];
    for (const block of blocks) {
      for (let row = 0; row < block.count; row += 1) {
        for (const target of this.#targets.get(block.tags[row]!) ?? []) {
          waiting.push({ ...target, sample: sampleAt(block, row) });
        }
      }
    }
    if (waiting.length > 0) this.queue.push(waiting);
  }

  async #send(items: readonly Waiting[]): Promise<void> {
    const options = { qos: 1, retain: this.#retain } as const;
    await Promise.all(
      items.map(async (item) => {
        try {
          await this.#publish(item.topic, payloadOf(item), options);
        } catch (error) {
          if (!isRefusal(error)) throw error;
          this.#refused += 1;
          this.#refusal = `${item.topic}: ${messageOf(error)}`;
        }
      }),
    );
  }
}

/** The broker has answered, with a reason of MQTT 5: sent again it would say the same, and all others would wait behind it. */
function isRefusal(error: unknown): boolean {
  return typeof (error as { code?: unknown }).code === 'number';
}

/** 64-bit integers as text, as everywhere in our JSON. */
function payloadOf({ sample: { sourceTime, status, value }, unit }: Waiting): Uint8Array {
  const json = {
    time: new Date(sourceTime).toISOString(),
    value: typeof value === 'bigint' ? value.toString() : value,
    quality: qualityOf(status),
    ...(unit === '' ? {} : { unit }),
  };
  return new TextEncoder().encode(JSON.stringify(json));
}
