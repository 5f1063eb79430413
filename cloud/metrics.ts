import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type RetentionClass, retentionClasses } from './history/retention.ts';
import type { IngestStatistics } from './ingest/ingest-statistics.ts';

/** A figure a part keeps by itself; read when somebody asks. */
interface Figure {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  read(): number;
}

/** Prometheus text of the process and of the figures the parts keep. No label names a tenant, a user or a tag. */
export function createMetrics(figures: readonly Figure[]): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const figure of figures) {
    const { name, help } = figure;
    if (figure.kind === 'gauge') {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(figure.read());
        },
      });
    } else {
      new Counter({
        name,
        help,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(figure.read());
        },
      });
    }
  }
  return () => registry.metrics();
}

/** The service's own figures: names are promises to whoever has built a dashboard on them. */
export function figuresOf(
  ingest: { stats(): Readonly<IngestStatistics> },
  presence: { readonly onlineCount: number },
  retention: { readonly removedDays: Readonly<Record<RetentionClass, number>> },
): Figure[] {
  const counter = (name: string, help: string, read: () => number): Figure => ({ name, help, kind: 'counter', read });
  const gauge = (name: string, help: string, read: () => number): Figure => ({ name, help, kind: 'gauge', read });
  const latency = () => ingest.stats().commitLatency;
  return [
    counter('gongfu_cloud_batches_total', 'Telemetry batches stored', () => ingest.stats().batches),
    counter('gongfu_cloud_samples_total', 'Samples stored', () => ingest.stats().samples),
    counter('gongfu_cloud_duplicates_total', 'Batches that were stored before', () => ingest.stats().duplicates),
    counter('gongfu_cloud_refused_total', 'Batches that can never be stored', () => ingest.stats().refused),
    counter('gongfu_cloud_retried_total', 'Batches the gateway was told to send again', () => ingest.stats().retried),
    counter(
      'gongfu_cloud_rejected_samples_total',
      'Rows left out of stored batches',
      () => ingest.stats().rejectedSamples,
    ),
    counter('gongfu_cloud_quarantined_total', 'Records in quarantine', () => ingest.stats().quarantined),
    counter('gongfu_cloud_gaps_total', 'Gap records received', () => ingest.stats().gaps),
    counter('gongfu_cloud_commit_seconds_sum', 'From arrival to durable, sum', () => latency().sumMs / 1000),
    counter('gongfu_cloud_commit_seconds_count', 'From arrival to durable, batches', () => latency().count),
    gauge(
      'gongfu_cloud_pending_bytes',
      'Bytes of batches received and not yet answered',
      () => ingest.stats().pendingBytes,
    ),
    gauge('gongfu_cloud_gateways_online', 'Gateways connected', () => presence.onlineCount),
    ...retentionClasses.map((what) =>
      counter(
        `gongfu_cloud_removed_days_${what}_total`,
        `Days of which retention took the ${what}`,
        () => retention.removedDays[what],
      ),
    ),
  ];
}
