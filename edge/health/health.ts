import type { Clock } from '@gongfu/shared/base/clock';
import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import type { BufferState } from '../buffer/buffer.ts';
import type { LastValue, SourceStats } from '../collector/collector-types.ts';
import type { ReloadReport } from '../configuration/reload-report.ts';
import { SampleRates } from './sample-rates.ts';

interface UplinkHealth {
  readonly state: string;
  readonly detail: string;
  /** From sending a batch to the answer that it is durable, over the last minute; null: none was. */
  readonly acknowledgementMs: { readonly p50: number; readonly p99: number } | null;
}

/** Where the figures come from; each is asked anew every time. */
export interface HealthOptions {
  readonly gatewayName: string;
  readonly configurationVersion: () => string;
  /** Null: the configuration is the one of the start, and no other was offered. */
  readonly reload: () => ReloadReport | null;
  readonly clock: Clock;
  readonly buffer: () => BufferState;
  readonly sources: () => readonly SourceStats[];
  readonly lastValues: () => readonly LastValue[];
  readonly uplink: () => UplinkHealth;
}

/** Everything one look at the agent shows. */
export interface HealthReport {
  readonly gateway: string;
  readonly configurationVersion: string;
  readonly reload: ReloadReport | null;
  readonly time: number;
  readonly ok: boolean;
  readonly samplesPerSecond: number;
  readonly buffer: BufferState;
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

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#rates = new SampleRates({ clock: options.clock });
  }

  /** `ok` while every source delivers and the buffer is not about to overflow; a lost uplink alone is what the buffer is for. */
  report(): HealthReport {
    const { gatewayName, configurationVersion, reload, clock } = this.#options;
    const sources = this.#sources();
    const buffer = this.#options.buffer();
    return {
      gateway: gatewayName,
      configurationVersion: configurationVersion(),
      reload: reload(),
      time: clock.now(),
      ok: sources.every(({ state }) => state === 'connected') && buffer.usedBytes < buffer.capacityBytes * 0.9,
      samplesPerSecond: Math.round(sources.reduce((sum, source) => sum + source.samplesPerSecond, 0) * 10) / 10,
      buffer,
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

  lastValues(): readonly LastValue[] {
    return this.#options.lastValues();
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
