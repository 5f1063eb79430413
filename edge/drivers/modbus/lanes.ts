import type { ModbusLink } from './link.ts';

/** Shares the connections of a source among its requests: no more at a time than each may carry, urgent ones first and leisurely ones last. */
export class Lanes {
  readonly #free: ModbusLink[];
  readonly #waiting: ((link: ModbusLink) => void)[] = [];
  readonly #urgent: ((link: ModbusLink) => void)[] = [];
  readonly #leisurely: ((link: ModbusLink) => void)[] = [];
  readonly #idle: (() => void)[] = [];
  /** Requests that can be under way at a time. */
  readonly width: number;

  constructor(links: readonly ModbusLink[], maxInFlight: number) {
    this.#free = Array.from({ length: maxInFlight }, () => links).flat();
    this.width = this.#free.length;
  }

  run<R>(step: (link: ModbusLink) => Promise<R>): Promise<R> {
    return this.#runIn(this.#waiting, step);
  }

  /** Waits only for what is under way, not for what waits. */
  runUrgently<R>(step: (link: ModbusLink) => Promise<R>): Promise<R> {
    return this.#runIn(this.#urgent, step);
  }

  /** Waits until nobody else does. */
  runLast<R>(step: (link: ModbusLink) => Promise<R>): Promise<R> {
    return this.#runIn(this.#leisurely, step);
  }

  async #runIn<R>(queue: ((link: ModbusLink) => void)[], step: (link: ModbusLink) => Promise<R>): Promise<R> {
    const link = this.#free.shift() ?? (await new Promise<ModbusLink>((resolve) => queue.push(resolve)));
    try {
      return await step(link);
    } finally {
      const next = this.#urgent.shift() ?? this.#waiting.shift() ?? this.#leisurely.shift();
      if (next === undefined) this.#release(link);
      else next(link);
    }
  }

  /** Resolves when nothing is under way. */
  async ended(): Promise<void> {
    if (this.#free.length < this.width) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #release(link: ModbusLink): void {
    this.#free.push(link);
    if (this.#free.length === this.width) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
