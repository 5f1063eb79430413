import type { Clock } from '@gongfu/shared/base/clock';

/** Of the last minute. */
export interface LatencyQuantiles {
  readonly p50: number;
  readonly p99: number;
}

const windowMs = 60_000;
/** A backlog is answered by the hundred a second: of a minute with more than these the newest tell. */
const answersMax = 4096;

/** How long the cloud took to make batches durable, over the last minute. Takes the same memory whatever comes. */
export class AcknowledgementLatency {
  readonly #clock: Clock;
  readonly #endsMs = new Float64Array(answersMax);
  readonly #latenciesMs = new Float64Array(answersMax);
  #answersTotal = 0;

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
  }

  /** A batch sent at `sentMs` of the monotonic clock is durable in the cloud now. */
  add(sentMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    const place = this.#answersTotal % answersMax;
    this.#endsMs[place] = nowMs;
    this.#latenciesMs[place] = nowMs - sentMs;
    this.#answersTotal += 1;
  }

  /** Null when nothing was acknowledged in the last minute. */
  quantiles(): LatencyQuantiles | null {
    const sinceMs = this.#clock.monotonicMs() - windowMs;
    const kept = Math.min(this.#answersTotal, answersMax);
    const recent = this.#latenciesMs.slice(0, kept).filter((_, place) => this.#endsMs[place]! > sinceMs);
    if (recent.length === 0) return null;
    recent.sort();
    const quantile = (share: number) => rounded(recent[Math.ceil(recent.length * share) - 1]!);
    return { p50: quantile(0.5), p99: quantile(0.99) };
  }
}

function rounded(latencyMs: number): number {
  return Math.round(latencyMs * 10) / 10;
}
