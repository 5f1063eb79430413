import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** A figure a part keeps by itself; read when somebody asks. */
export interface Figure {
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
