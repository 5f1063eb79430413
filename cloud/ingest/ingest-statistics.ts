/** Upper bounds in ms of the commit latency histogram; the last bucket has none. */
export const latencyBoundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const;

/** Counters since start, for `/metrics`. */
export interface IngestStatistics {
  batches: number;
  samples: number;
  duplicates: number;
  /** Batches answered `refused`. */
  refused: number;
  /** Batches answered `retry`. */
  retried: number;
  /** Rows left out of batches that were stored otherwise. */
  rejectedSamples: number;
  /** Records written to quarantine. */
  quarantined: number;
  gaps: number;
  /** Bytes of batches received and not yet answered, as they are when inflated. */
  pendingBytes: number;
  /** From arrival to durable; `counts[i]` is the number at or below bound i and above the one before. */
  commitLatency: { readonly counts: number[]; sumMs: number; count: number };
}

export function newStatistics(): IngestStatistics {
  return {
    batches: 0,
    samples: 0,
    duplicates: 0,
    refused: 0,
    retried: 0,
    rejectedSamples: 0,
    quarantined: 0,
    gaps: 0,
    pendingBytes: 0,
    commitLatency: { counts: new Array<number>(latencyBoundsMs.length + 1).fill(0), sumMs: 0, count: 0 },
  };
}

export function observeLatency({ commitLatency }: IngestStatistics, latencyMs: number): void {
  const place = latencyBoundsMs.findIndex((bound) => latencyMs <= bound);
  commitLatency.counts[place < 0 ? latencyBoundsMs.length : place]! += 1;
  commitLatency.sumMs += latencyMs;
  commitLatency.count += 1;
}
