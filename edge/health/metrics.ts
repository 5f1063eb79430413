import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Health, HealthReport } from './health.ts';

/** Prometheus text of the agent; the figures are taken when they are asked for. */
export class Metrics {
  readonly #health: Health;
  readonly #registry = new Registry();
  /** One look for all figures of one answer. */
  #report: HealthReport;
  #processIsWatched = false;

  constructor(options: { health: Health }) {
    this.#health = options.health;
    this.#report = options.health.report();
    const current = () => this.#report;
    const registers = [this.#registry];
    const bySource = { registers, labelNames: ['source'] as const };
    const gauge = (name: string, help: string, value: (report: HealthReport) => number) => {
      return new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value(current()));
        },
      });
    };
    const counter = (name: string, help: string, value: (source: HealthReport['sources'][number]) => number) => {
      return new Counter({
        name,
        help,
        ...bySource,
        collect() {
          this.reset();
          for (const source of current().sources) this.inc({ source: source.name }, value(source));
        },
      });
    };
    counter('gongfu_edge_samples_total', 'Samples read from the source', ({ samplesTotal }) => samplesTotal);
    counter('gongfu_edge_samples_passed_total', 'Samples kept after deadband', ({ passedTotal }) => passedTotal);
    counter('gongfu_edge_polls_total', 'Polls of the source', ({ groups }) =>
      sum(groups.map((group) => group.pollsTotal)),
    );
    counter('gongfu_edge_polls_skipped_total', 'Polls left out because the one before still ran', ({ groups }) =>
      sum(groups.map((group) => group.skippedTotal)),
    );
    gauge('gongfu_edge_buffer_bytes', 'Bytes the batches in the buffer take', ({ buffer }) => buffer.usedBytes);
    gauge('gongfu_edge_buffer_capacity_bytes', 'Limit of the buffer', ({ buffer }) => buffer.capacityBytes);
    gauge('gongfu_edge_buffer_batches', 'Batches the cloud has not acknowledged', ({ buffer }) => buffer.batches);
    gauge('gongfu_edge_gaps_total', 'Gap records written in this epoch', ({ buffer }) => buffer.gapsTotal);
    gauge('gongfu_edge_uplink_connected', '1 while the cloud is connected', ({ uplink }) =>
      uplink.state === 'connected' ? 1 : 0,
    );
    new Gauge({
      name: 'gongfu_edge_acknowledgement_seconds',
      help: 'From sending a batch to the answer that it is durable, last minute; absent when there was none',
      registers,
      labelNames: ['quantile'],
      collect() {
        this.reset();
        const { acknowledgementMs } = current().uplink;
        if (acknowledgementMs === null) return;
        this.set({ quantile: '0.5' }, acknowledgementMs.p50 / 1000);
        this.set({ quantile: '0.99' }, acknowledgementMs.p99 / 1000);
      },
    });
    new Gauge({
      name: 'gongfu_edge_samples_due_per_second',
      help: 'Samples due by the configuration; absent where the source reports what changes',
      ...bySource,
      collect() {
        for (const { name, duePerSecond } of current().sources) {
          if (duePerSecond !== null) this.set({ source: name }, duePerSecond);
        }
      },
    });
    new Gauge({
      name: 'gongfu_edge_configuration_info',
      help: 'Always 1; the label names what is configured',
      registers,
      labelNames: ['version'],
      collect() {
        this.set({ version: current().configurationVersion }, 1);
      },
    });
    new Gauge({
      name: 'gongfu_edge_source_connected',
      help: '1 while the source answers',
      ...bySource,
      collect: function (this: Gauge<'source'>) {
        for (const source of current().sources) {
          this.set({ source: source.name }, source.state === 'connected' ? 1 : 0);
        }
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    // From the first time somebody asks: for the lag of the event loop it wakes the program a hundred times a second, which
    // of a thousand tags was half of what they cost.
    if (!this.#processIsWatched) collectDefaultMetrics({ register: this.#registry });
    this.#processIsWatched = true;
    this.#report = this.#health.report();
    return this.#registry.metrics();
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
