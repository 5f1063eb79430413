import type { Clock } from '@gongfu/shared/base/clock';
import type { GapRecord } from '@gongfu/shared/model/sample';
import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import type { BufferState } from '../buffer/buffer.ts';
import type { SourceStats, TagPage, TagQuery } from '../collector/collector-types.ts';
import type { ReloadReport } from '../configuration/reload-report.ts';
import { SampleRates } from './sample-rates.ts';

interface UplinkHealth {
  readonly state: string;
  readonly detail: string;
  /** From sending a batch to the answer that it is durable, over the last minute; null: none was. */
  readonly acknowledgementMs: { readonly p50: number; readonly p99: number } | null;
}

interface DiskRoom {
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

/** Where the figures come from; each is asked anew every time. */
export interface HealthOptions {
  readonly gatewayName: string;
  readonly configurationVersion: () => string;
  /** Null: the configuration is the one of the start, and no other was offered. */
  readonly reload: () => ReloadReport | null;
  /** Version of the program. */
  readonly program: string;
  readonly clock: Clock;
  readonly buffer: () => BufferState;
  readonly sources: () => readonly SourceStats[];
  readonly tags: (query: TagQuery) => TagPage;
  /** UCUM code of a tag's unit; '' where it has none. */
  readonly unitOf: (tag: number) => string;
  readonly gaps: () => readonly GapRecord[];
  /** Of the buffer's file system; null where the system does not tell. */
  readonly disk: () => DiskRoom | null;
  readonly uplink: () => UplinkHealth;
}

/** Everything one look at the agent shows. */
export interface HealthReport {
  readonly gateway: string;
  readonly configurationVersion: string;
  readonly reload: ReloadReport | null;
  readonly program: string;
  /** UTC epoch ms, as `time`. */
  readonly startedAt: number;
  readonly time: number;
  readonly ok: boolean;
  readonly samplesPerSecond: number;
  readonly buffer: BufferState;
  readonly disk: DiskRoom | null;
  readonly uplink: UplinkHealth;
  readonly sources: readonly SourceReport[];
}

export interface SourceReport extends SourceStats {
  readonly samplesPerSecond: number;
  /** Over the last minute; null before one has passed. */
  readonly readPerSecond: number | null;
}

/** How the agent is, for the status page, the metrics and the cloud. */
export class Health {
  readonly #options: HealthOptions;
  readonly #rates: SampleRates;
  readonly #startedMonotonicMs: number;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#startedMonotonicMs = options.clock.monotonicMs();
    this.#rates = new SampleRates({ clock: options.clock });
  }

  /** `ok` while every source delivers and the buffer is not about to overflow; a lost uplink alone is what the buffer is for. */
  report(): HealthReport {
    const { gatewayName, configurationVersion, reload, program, clock } = this.#options;
    const sources = this.#sources();
    const buffer = this.#options.buffer();
    return {
      gateway: gatewayName,
      configurationVersion: configurationVersion(),
      reload: reload(),
      program,
      startedAt: Math.round(clock.now() - (clock.monotonicMs() - this.#startedMonotonicMs)),
      time: clock.now(),
      ok: sources.every(({ state }) => state === 'connected') && buffer.usedBytes < buffer.capacityBytes * 0.9,
      samplesPerSecond: Math.round(sources.reduce((sum, source) => sum + source.samplesPerSecond, 0) * 10) / 10,
      buffer,
      disk: this.#options.disk(),
      uplink: this.#options.uplink(),
      sources,
    };
  }

  heartbeat(): Heartbeat {
    const { configurationVersion, buffer, samplesPerSecond, uplink, sources } = this.report();
    return {
      configurationVersion,
      backlogBatches: buffer.batches,
      backlogBytes: buffer.usedBytes,
      capacityBytes: buffer.capacityBytes,
      oldestTime: buffer.oldestTime,
      samplesPerSecond,
      gapsTotal: buffer.gapsTotal,
      acknowledgementMs: uplink.acknowledgementMs,
      sources: sources.map(({ name, driver, state, detail, tags, duePerSecond, readPerSecond }) => ({
        name,
        driver,
        state,
        detail: detail.slice(0, 500),
        tags,
        polled: duePerSecond === null ? null : { duePerSecond, readPerSecond },
      })),
    };
  }

  get gatewayName(): string {
    return this.#options.gatewayName;
  }

  findTags(query: TagQuery): TagPage {
    return this.#options.tags(query);
  }

  unitOf(tag: number): string {
    return this.#options.unitOf(tag);
  }

  sourceNames(): readonly string[] {
    return this.#options.sources().map(({ name }) => name);
  }

  /** Losses known since the start, the newest last. */
  recentGaps(): readonly GapRecord[] {
    return this.#options.gaps();
  }

  #sources(): SourceReport[] {
    const stats = this.#options.sources();
    this.#rates.look(new Map(stats.map(({ name, samplesTotal }) => [name, samplesTotal])));
    return stats.map((source) => {
      const { name, samplesTotal } = source;
      const samplesPerSecond = this.#rates.now(name, samplesTotal);
      return { ...source, samplesPerSecond, readPerSecond: this.#rates.ofMinute(name, samplesTotal) };
    });
  }
}
