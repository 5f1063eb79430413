import type { Clock } from '@gongfu/shared/base/clock';
import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import type { BufferState } from '../buffer/buffer.ts';
import type { LastValue, SourceStats } from '../collector/collector-types.ts';

/** Where the figures come from; each is asked anew every time. */
export interface HealthOptions {
  readonly gatewayName: string;
  readonly clock: Clock;
  readonly buffer: () => BufferState;
  readonly sources: () => readonly SourceStats[];
  readonly lastValues: () => readonly LastValue[];
  readonly uplink: () => { readonly state: string; readonly detail: string };
}

/** Everything one look at the agent shows. */
export interface HealthReport {
  readonly gateway: string;
  readonly time: number;
  readonly ok: boolean;
  readonly samplesPerSecond: number;
  readonly buffer: BufferState;
  readonly uplink: { readonly state: string; readonly detail: string };
  readonly sources: readonly (SourceStats & { readonly samplesPerSecond: number })[];
}

/** Rates are over the time since a look at least this long ago. */
const rateWindowMs = 2000;

interface Look {
  readonly monotonicMs: number;
  readonly totals: ReadonlyMap<string, number>;
}

/** How the agent is, for the status page, the metrics and the cloud. */
export class Health {
  readonly #options: HealthOptions;
  #older: Look;
  #newer: Look;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#older = { monotonicMs: options.clock.monotonicMs(), totals: new Map() };
    this.#newer = this.#older;
  }

  /** `ok` while every source delivers and the buffer is not about to overflow; a lost uplink alone is what the buffer is for. */
  report(): HealthReport {
    const { gatewayName, clock } = this.#options;
    const stats = this.#options.sources();
    const rates = this.#rates(stats);
    const sources = stats.map((source) => ({ ...source, samplesPerSecond: rates.get(source.name) ?? 0 }));
    const buffer = this.#options.buffer();
    return {
      gateway: gatewayName,
      time: clock.now(),
      ok: sources.every(({ state }) => state === 'connected') && buffer.usedBytes < buffer.capacityBytes * 0.9,
      samplesPerSecond: sources.reduce((sum, source) => sum + source.samplesPerSecond, 0),
      buffer,
      uplink: this.#options.uplink(),
      sources,
    };
  }

  heartbeat(): Heartbeat {
    const { buffer, samplesPerSecond, sources } = this.report();
    return {
      backlogBatches: buffer.batches,
      backlogBytes: buffer.usedBytes,
      capacityBytes: buffer.capacityBytes,
      oldestTime: buffer.oldestTime,
      samplesPerSecond,
      gapsTotal: buffer.gapsTotal,
      sources: sources.map(({ name, driver, state, detail }) => ({
        name,
        driver,
        state,
        detail: detail.slice(0, 500),
      })),
    };
  }

  lastValues(): readonly LastValue[] {
    return this.#options.lastValues();
  }

  #rates(stats: readonly SourceStats[]): Map<string, number> {
    const monotonicMs = this.#options.clock.monotonicMs();
    const totals = new Map(stats.map(({ name, samplesTotal }) => [name, samplesTotal]));
    if (monotonicMs - this.#newer.monotonicMs >= rateWindowMs) {
      this.#older = this.#newer;
      this.#newer = { monotonicMs, totals };
    }
    const seconds = (monotonicMs - this.#older.monotonicMs) / 1000;
    const rate = (name: string, total: number) => Math.max(0, total - (this.#older.totals.get(name) ?? 0)) / seconds;
    return new Map(
      [...totals].map(([name, total]) => [name, seconds > 0 ? Math.round(rate(name, total) * 10) / 10 : 0]),
    );
  }
}
