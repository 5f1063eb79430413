/** How many batches may be on the way, and how they are shared: while there is a backlog, live batches take at most a third. */
export class FlowControl {
  readonly #batchesInFlightMax: number;
  #live = 0;
  #backlog = 0;

  constructor(options: { batchesInFlightMax: number }) {
    this.#batchesInFlightMax = Math.max(1, options.batchesInFlightMax);
  }

  get inFlight(): number {
    return this.#live + this.#backlog;
  }

  get isFull(): boolean {
    return this.inFlight >= this.#batchesInFlightMax;
  }

  /** True when the next batch to send is the live one, given that there is one. */
  prefersLive(hasBacklog: boolean): boolean {
    return !hasBacklog || this.#live < Math.max(1, Math.floor(this.#batchesInFlightMax / 3));
  }

  /** Takes a place; the returned function gives it back, once. */
  take(lane: 'live' | 'backlog'): () => void {
    this.#add(lane, 1);
    let held = true;
    return () => {
      if (held) this.#add(lane, -1);
      held = false;
    };
  }

  #add(lane: 'live' | 'backlog', change: number): void {
    if (lane === 'live') this.#live += change;
    else this.#backlog += change;
  }
}
