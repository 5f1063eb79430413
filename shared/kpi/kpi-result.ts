/** Time elements of a window in ms, after ISO 22400-2. They add up: apt + aust + adet + adot + unknown = pbt; pbt + notPlanned = the window. */
export interface TimeElements {
  /** Planned busy time: calendar time of shifts without breaks and planned stops. */
  readonly pbt: number;
  /** Actual production time: running, value adding. */
  readonly apt: number;
  /** Actual unit set-up time. */
  readonly aust: number;
  /** Actual unit delay time: stops and malfunctions while an order is on. */
  readonly adet: number;
  /** Actual unit down time: available inside planned busy time but not working on orders (idle, starved, blocked). */
  readonly adot: number;
  /** Planned busy time nobody observed. Never blended into running or stopped. */
  readonly unknown: number;
  /** Outside planned busy time: no shift, break, planned stop. */
  readonly notPlanned: number;
}

export interface ProductCounts {
  /** Produced, good, scrap: pieces. produced = good + scrap. */
  readonly produced: number;
  readonly good: number;
  readonly scrap: number;
  /**
   * Share of `produced` made in planned busy time while the state was not observed. Counted, for counters go on, but left out
   * of effectiveness, as the time is; what was made between two samples is shared out over the time between them, without planned stops.
   */
  readonly unobserved: number;
  /** Share of `produced` made outside planned busy time (no shift, break, planned stop), likewise left out; no piece is in both. */
  readonly unplanned: number;
  /** Counter restarts met in the window (not roll-overs). */
  readonly resets: number;
}

/** A ratio of 1 = 100 %. Null where its denominator is 0: no number is better than a made-up one. */
export interface KpiResult {
  /** How it was computed: `iso22400-2` for a work unit, `iso22400-2/sum` for a group (times and counts added, never averaged). */
  readonly method: 'iso22400-2' | 'iso22400-2/sum';
  readonly mappingVersion: string;
  readonly from: number;
  readonly to: number;
  readonly elements: TimeElements;
  readonly counts: ProductCounts;
  /** PRI × PQ in ms: planned run time of what was produced in observed planned busy time: produced − unobserved − unplanned. */
  readonly plannedRunTime: number;
  /** Share of the window's elapsed planned busy time that was observed, 0–1; null without planned busy time. */
  readonly coverage: number | null;
  /** First moment of the window at which the state was observed, UTC epoch ms; null when it never was. */
  readonly observedFrom: number | null;
  /** APT / (PBT − unknown): over the planned busy time that was observed; `coverage` says how much that is. */
  readonly availability: number | null;
  /** PRI × PQ / APT, PQ as in `plannedRunTime`; above 1 means the planned run time is too long. Never clamped. */
  readonly effectiveness: number | null;
  /** GQ / PQ of all that was produced. */
  readonly qualityRatio: number | null;
  readonly oee: number | null;
}
