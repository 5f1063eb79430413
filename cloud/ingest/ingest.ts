import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import type { BatchAnswer } from '@gongfu/shared/wire/acknowledgement';
import { decodeBatch, inflatedLength, type TelemetryBatch } from '@gongfu/shared/wire/codec';
import type { BatchHeader } from '@gongfu/shared/wire/handshake';
import type { HistoryStore } from '../history/history-store.ts';
import { type Admitted, admit, type TagMap } from './admission.ts';
import type { Committed } from './committed.ts';
import { GroupCommit } from './group-commit.ts';
import { type IngestStatistics, newStatistics, observeLatency } from './ingest-statistics.ts';
import { Watermark } from './watermark.ts';

export interface IngestGateway {
  readonly gatewayId: string;
  readonly tenantId: string;
}

export interface IngestLimits {
  readonly groupDelayMs: number;
  readonly groupSamplesMax: number;
  /** Bytes of batches received and not yet answered, as they are when inflated; beyond it every batch is answered `retry`. */
  readonly pendingBytesMax: number;
  readonly retryAfterMs: number;
}

const defaultLimits: IngestLimits = {
  groupDelayMs: 4,
  groupSamplesMax: 40_000,
  pendingBytesMax: 64 * 1024 * 1024,
  retryAfterMs: 1000,
};

interface Arrival {
  readonly gateway: IngestGateway;
  readonly tagMap: TagMap;
  readonly header: BatchHeader;
  readonly bytes: Uint8Array;
  readonly watermark: Watermark;
}

/** The door for telemetry. An answer `stored` or `duplicate` means: rows and watermark are durable. */
export class Ingest implements Part {
  /** After durability: what last values, live hub and KPI engine fold. */
  readonly committed: Signal<Committed>;
  /** After durability: a named loss is there to be read. */
  readonly lost = new Signal<{ readonly tenantId: string }>((error) =>
    this.#log.error({ error }, 'a listener failed on a loss'),
  );
  readonly #history: HistoryStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: IngestLimits;
  readonly #group: GroupCommit;
  readonly #watermarks = new Map<string, Watermark>();
  readonly #epochs = new Map<string, Set<number>>();
  readonly #underWay = new Map<string, Promise<BatchAnswer>>();
  readonly #statistics = newStatistics();

  constructor(options: { history: HistoryStore; clock: Clock; log: Logger; limits?: Partial<IngestLimits> }) {
    const { history, clock, log } = options;
    this.#history = history;
    this.#clock = clock;
    this.#log = log;
    this.#limits = { ...defaultLimits, ...options.limits };
    const { groupDelayMs: delayMs, groupSamplesMax } = this.#limits;
    this.#group = new GroupCommit({ history, clock, limits: { delayMs, groupSamplesMax, appendsMax: 2 } });
    this.committed = new Signal((error) => log.error({ error }, 'a listener failed on committed samples'));
  }

  /** The history store must be started. */
  async start(): Promise<void> {
    this.#watermarks.clear();
    this.#epochs.clear();
    for (const { gatewayId, epoch, first, last } of await this.#history.watermarks()) {
      this.#watermark(gatewayId, epoch).add(first, last);
    }
    this.#group.start();
  }

  /** Answers what is under way first. */
  async stop(): Promise<void> {
    await this.#group.stop();
    await Promise.all(this.#underWay.values());
  }

  /** Sequence ranges stored of this epoch, inclusive, ascending. */
  stored(gatewayId: string, epoch: number): [number, number][] {
    return this.#watermarks.get(`${gatewayId}/${epoch}`)?.ranges() ?? [];
  }

  /** What is stored of a gateway: for each epoch its sequence ranges. */
  ledger(gatewayId: string): ReadonlyMap<number, [number, number][]> {
    const epochs = [...(this.#epochs.get(gatewayId) ?? [])];
    return new Map(epochs.map((epoch) => [epoch, this.stored(gatewayId, epoch)]));
  }

  stats(): Readonly<IngestStatistics> {
    return this.#statistics;
  }

  /** Never rejects. A batch sent twice at once is stored once and both get the same answer. */
  async receive(gateway: IngestGateway, tagMap: TagMap, header: BatchHeader, bytes: Uint8Array): Promise<BatchAnswer> {
    const watermark = this.#watermark(gateway.gatewayId, header.epoch);
    if (watermark.has(header.sequence)) return this.#duplicate();
    const name = `${gateway.gatewayId}/${header.epoch}/${header.sequence}`;
    const first = this.#underWay.get(name);
    if (first !== undefined) {
      const { outcome } = await first;
      return outcome === 'stored' ? this.#duplicate() : first;
    }
    const answer = this.#store({ gateway, tagMap, header, bytes, watermark });
    this.#underWay.set(name, answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(name);
    }
  }

  async #store(arrival: Arrival): Promise<BatchAnswer> {
    const size = inflatedLength(arrival.bytes);
    if (this.#statistics.pendingBytes + size > this.#limits.pendingBytesMax) {
      return this.#retry('ingest-busy', 'more telemetry is waiting for the disk than the service may hold');
    }
    this.#statistics.pendingBytes += size;
    try {
      const batch = decodeBatch(arrival.bytes);
      const fault = faultOf(batch, arrival.header);
      return fault === undefined
        ? await this.#commit(arrival, batch)
        : await this.#refuse(arrival, fault.code, fault.detail);
    } catch (error) {
      if (error instanceof Problem && error.code === 'batch-undecodable') {
        return await this.#refuse(arrival, error.code, error.message);
      }
      return this.#failed(error);
    } finally {
      this.#statistics.pendingBytes -= size;
    }
  }

  async #commit(arrival: Arrival, batch: TelemetryBatch): Promise<BatchAnswer> {
    const { gateway, header, watermark } = arrival;
    const arrivedMs = this.#clock.monotonicMs();
    const ingestTime = Math.trunc(this.#clock.now());
    const admitted = admit(batch, arrival.tagMap, ingestTime);
    if (admitted.reason !== '') await this.#quarantine(arrival, 'rows-left-out', admitted.reason);
    const { blocks, gaps, samples } = admitted;
    const { gatewayId, tenantId } = gateway;
    const { epoch, sequence } = header;
    await this.#group.commit({ gatewayId, epoch, sequence, ingestTime, blocks, gaps }, samples);
    watermark.add(sequence, sequence);
    this.#count(admitted, this.#clock.monotonicMs() - arrivedMs);
    this.committed.emit({ tenantId, gatewayId, blocks, ingestTime });
    if (gaps.length > 0) this.lost.emit({ tenantId });
    return { outcome: 'stored' };
  }

  /** The raw bytes must lie in quarantine before the gateway may forget them. */
  async #refuse(arrival: Arrival, code: string, detail: string): Promise<BatchAnswer> {
    try {
      await this.#quarantine(arrival, code, detail);
    } catch (error) {
      return this.#failed(error);
    }
    this.#statistics.refused += 1;
    return { outcome: 'refused', code, detail };
  }

  async #quarantine({ gateway, header, bytes }: Arrival, code: string, detail: string): Promise<void> {
    const { gatewayId } = gateway;
    const { epoch, sequence } = header;
    const ingestTime = Math.trunc(this.#clock.now());
    await this.#history.quarantine({ gatewayId, epoch, sequence, ingestTime, code, detail, bytes });
    this.#statistics.quarantined += 1;
    this.#log.error({ gatewayId, epoch, sequence, code }, `telemetry put in quarantine: ${detail}`);
  }

  #failed(error: unknown): BatchAnswer {
    if (!(error instanceof Problem)) this.#log.error({ error }, 'ingest failed');
    const code = error instanceof Problem ? error.code : 'ingest-failed';
    return this.#retry(code, messageOf(error), error instanceof Problem ? error.retryAfterMs : undefined);
  }

  #retry(code: string, detail: string, retryAfterMs = this.#limits.retryAfterMs): BatchAnswer {
    this.#statistics.retried += 1;
    return { outcome: 'retry', retryAfterMs, code, detail };
  }

  #duplicate(): BatchAnswer {
    this.#statistics.duplicates += 1;
    return { outcome: 'duplicate' };
  }

  #count({ samples, gaps, rejected }: Admitted, latencyMs: number): void {
    this.#statistics.batches += 1;
    this.#statistics.samples += samples;
    this.#statistics.rejectedSamples += rejected;
    this.#statistics.gaps += gaps.length;
    observeLatency(this.#statistics, latencyMs);
  }

  #watermark(gatewayId: string, epoch: number): Watermark {
    const name = `${gatewayId}/${epoch}`;
    let watermark = this.#watermarks.get(name);
    if (watermark === undefined) {
      watermark = new Watermark();
      this.#watermarks.set(name, watermark);
      const epochs = this.#epochs.get(gatewayId);
      if (epochs === undefined) this.#epochs.set(gatewayId, new Set([epoch]));
      else epochs.add(epoch);
    }
    return watermark;
  }
}

function faultOf(batch: TelemetryBatch, header: BatchHeader): { code: string; detail: string } | undefined {
  if (batch.epoch === header.epoch && batch.sequence === header.sequence) return undefined;
  return {
    code: 'batch-misnamed',
    detail: `announced as ${header.epoch}/${header.sequence}, but its content says ${batch.epoch}/${batch.sequence}`,
  };
}
