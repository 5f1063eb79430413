import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Signal } from '@gongfu/shared/base/signal';
import type { HistoryStore } from '../history/history-store.ts';
import type { Committed } from '../ingest/committed.ts';
import type { AssetSource } from './asset-source.ts';
import type { KpiUnit } from './kpi-unit.ts';
import { readUnit, type UnitTimelines } from './unit-history.ts';

/** A page asks for figures, hours, losses and states of one window at once; after that nobody may ask for long. */
const keptMs = 20_000;
const keptMax = 16;
/** A day and a shift; what is longer is asked for seldom and would take too much memory. */
const keptSpanMs = 36 * 3_600_000;

type Reading = Omit<UnitTimelines, 'rows' | 'bases'>;

interface Kept {
  readonly tenantId: string;
  readonly to: number;
  readonly reading: Promise<Reading>;
}

/**
 * What history holds of a work unit in a window, read once for all questions about it. A reading is forgotten as soon as samples from
 * before its end are committed, or the plant changes: an answer never rests on less than history has.
 */
export class UnitReadings implements Part {
  readonly #history: Pick<HistoryStore, 'columns'>;
  readonly #assets: AssetSource;
  readonly #committed: Signal<Committed>;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  #leave: (() => void)[] = [];

  constructor(options: {
    history: Pick<HistoryStore, 'columns'>;
    assets: AssetSource;
    committed: Signal<Committed>;
    clock: Clock;
  }) {
    this.#history = options.history;
    this.#assets = options.assets;
    this.#committed = options.committed;
    this.#clock = options.clock;
  }

  async start(): Promise<void> {
    if (this.#leave.length > 0) return;
    this.#leave = [
      this.#committed.on((committed) => this.#forgetOlder(committed)),
      this.#assets.changed.on(() => this.#kept.clear()),
    ];
  }

  async stop(): Promise<void> {
    for (const leave of this.#leave.splice(0)) leave();
    this.#kept.clear();
  }

  read(unit: KpiUnit, from: number, to: number): Promise<Reading> {
    // Before the start nobody would tell it what has been committed.
    if (this.#leave.length === 0 || to - from > keptSpanMs) return readUnit(this.#history, unit, from, to);
    const key = JSON.stringify([unit.tenantId, unit.assetId, from, to]);
    const known = this.#kept.get(key);
    if (known !== undefined) return known.reading;
    const reading = readUnit(this.#history, unit, from, to).then(({ states, knownFrom, counters }) => ({
      states,
      knownFrom,
      counters,
    }));
    const kept = { tenantId: unit.tenantId, to, reading };
    const forget = (): void => {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
    };
    reading.catch(forget);
    this.#clock.after(keptMs, forget);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > keptMax && oldest !== undefined) this.#kept.delete(oldest);
    return reading;
  }

  #forgetOlder({ tenantId, blocks }: Committed): void {
    if (this.#kept.size === 0) return;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { sourceTimes, count } of blocks) {
      for (let row = 0; row < count; row += 1) if (sourceTimes[row]! < earliest) earliest = sourceTimes[row]!;
    }
    for (const [key, kept] of this.#kept) {
      if (kept.tenantId === tenantId && earliest < kept.to) this.#kept.delete(key);
    }
  }
}
