import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type RetentionClass, retentionClasses } from './history/retention.ts';
import type { IngestStatistics } from './ingest/ingest-statistics.ts';
import type { ConnectionBoard, ConnectionStatus } from './mqtt/connection-status.ts';

/** A figure a part keeps by itself; read when somebody asks. */
interface Figure {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labelNames?: readonly string[];
  /** One value, or one for each set of labels. */
  read(): number | readonly Labelled[];
}

interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Prometheus text of the process and of the figures the parts keep. No label names a tenant, a user or a tag. */
export function createMetrics(figures: readonly Figure[]): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const figure of figures) {
    const { name, help, labelNames = [] } = figure;
    if (figure.kind === 'gauge') {
      new Gauge({
        name,
        help,
        labelNames,
        registers: [registry],
        collect() {
          this.reset();
          for (const { labels, value } of labelled(figure)) this.set(labels, value);
        },
      });
    } else {
      new Counter({
        name,
        help,
        labelNames,
        registers: [registry],
        collect() {
          this.reset();
          for (const { labels, value } of labelled(figure)) this.inc(labels, value);
        },
      });
    }
  }
  return () => registry.metrics();
}

function labelled(figure: Figure): readonly Labelled[] {
  const read = figure.read();
  return typeof read === 'number' ? [{ labels: {}, value: read }] : read;
}

/** Of each connection to a broker, by the broker's name in the configuration and what the connection is for. */
export function brokerFigures(board: ConnectionBoard): Figure[] {
  const figure = (
    kind: Figure['kind'],
    name: string,
    help: string,
    value: (connection: ConnectionStatus) => number,
  ): Figure => ({
    name: `gongfu_mqtt_${name}`,
    help,
    kind,
    labelNames: ['broker', 'use'],
    read: () => board.connections().map((one) => ({ labels: { broker: one.broker, use: one.use }, value: value(one) })),
  });
  return [
    figure('gauge', 'connected', '1 while the broker is connected', ({ isConnected }) => Number(isConnected)),
    figure('counter', 'messages_total', 'Messages taken or told', ({ messages }) => messages),
    figure('counter', 'bytes_total', 'Bytes of their payloads', ({ bytes }) => bytes),
    figure('counter', 'samples_total', 'Samples stored or told', ({ samples }) => samples),
    figure('counter', 'refused_total', 'Readings that could not be stored', ({ refused }) => refused),
    figure('counter', 'dropped_total', 'Given up for want of room', ({ dropped }) => dropped),
    figure('gauge', 'waiting', 'Messages not durable yet, samples not told yet', ({ waiting }) => waiting),
  ];
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
