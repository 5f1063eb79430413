import type { Exchange, Readings, Span } from './meter.ts';

/** Power taken over a span, kW; outside of all of them nothing is taken. */
export interface Load extends Span {
  readonly kW: number;
}

export interface SimulatedMeterOptions extends Span {
  /** Pause between two readings, ms. */
  readonly everyMs: number;
  readonly loads: readonly Load[];
  /** What it shows at `from`, kWh. */
  readonly start: number;
  /** Reading at which it shows 0 again, kWh. */
  readonly rolloverAt?: number;
  /** Moments at which it is taken away and another one put in its place, showing `newReading`. */
  readonly exchanges?: readonly { readonly at: number; readonly newReading: number }[];
  /** No reading arrives; the meter goes on counting. */
  readonly outages?: readonly Span[];
}

/** What a meter would have shown, and what was truly used: for tests of this plugin, and to try its pages without a plant. */
export interface SimulatedMeter {
  readonly readings: Readings;
  /** As a person would have noted them at the meter. */
  readonly exchanges: readonly Exchange[];
  /** kWh used in [from, to). */
  usedIn(span: Span): number;
}

export function simulateMeter(options: SimulatedMeterOptions): SimulatedMeter {
  const { from, to, everyMs, loads, outages = [] } = options;
  const changes = (options.exchanges ?? []).toSorted((a, b) => a.at - b.at);
  const usedIn = (span: Span): number => loads.reduce((sum, load) => sum + energyOf(load, span), 0);
  // Each meter counts from where it was put in.
  const begins = [{ at: from, newReading: options.start }, ...changes];
  const shown = (time: number, before = false): number => {
    const meter = begins.findLast(({ at }) => (before ? at < time : at <= time)) ?? begins[0]!;
    const reading = meter.newReading + usedIn({ from: meter.at, to: time });
    return options.rolloverAt === undefined ? reading : reading % options.rolloverAt;
  };
  const times: number[] = [];
  for (let time = from; time <= to; time += everyMs) {
    if (!outages.some((outage) => time >= outage.from && time < outage.to)) times.push(time);
  }
  return {
    readings: { times: Float64Array.from(times), values: Float64Array.from(times, (time) => shown(time)) },
    exchanges: changes.map(({ at, newReading }) => ({ at, oldReading: shown(at, true), newReading })),
    usedIn,
  };
}

function energyOf({ from, to, kW }: Load, span: Span): number {
  const overlapMs = Math.min(to, span.to) - Math.max(from, span.from);
  return overlapMs > 0 ? (kW * overlapMs) / 3_600_000 : 0;
}
