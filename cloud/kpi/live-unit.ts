import { excludedTimeOf } from '@gongfu/shared/kpi/excluded-time';
import type { Interval } from '@gongfu/shared/kpi/interval';
import type { SampleValue } from '@gongfu/shared/kpi/state-mapping';
import { holdMsOf } from '@gongfu/shared/kpi/time-model';
import { evaluateWorkUnit } from '@gongfu/shared/kpi/work-unit-kpi';
import { noCause } from '@gongfu/shared/model/machine-state';
import { isBad } from '@gongfu/shared/model/quality';
import type { HistoryStore } from '../history/history-store.ts';
import type { AssetKpi, AssetState } from './kpi-engine.ts';
import { type AskedWindow, currentWindow } from './kpi-range.ts';
import type { KpiUnit } from './kpi-unit.ts';
import { firstRunOf, plannedTime, readUnit, type UnitTimelines } from './unit-history.ts';

/** Samples stamped this far ahead of the cloud's clock are still read: a gateway's clock may be wrong. */
const longestAheadMs = 24 * 3_600_000;
/** Deltas kept one by one before they are joined. */
const fewDeltas = 256;

/** The current shift of one work unit in memory: read from history once, then folded on. */
export class LiveUnit {
  readonly turnAt: number;
  readonly #unit: KpiUnit;
  readonly #window: AskedWindow;
  readonly #planned: readonly Interval[];
  readonly #timelines: Omit<UnitTimelines, 'rows'>;
  /** The first run of the state in memory, and when it truly began. */
  readonly #firstRun: { readonly from: number; readonly since: number } | undefined;
  #isNewestBad: boolean;

  private constructor(options: {
    unit: KpiUnit;
    window: AskedWindow;
    turnAt: number;
    timelines: Omit<UnitTimelines, 'rows'>;
    firstRun: { from: number; since: number } | undefined;
    isNewestBad: boolean;
  }) {
    const { unit, window } = options;
    this.turnAt = options.turnAt;
    this.#unit = unit;
    this.#window = window;
    this.#planned = plannedTime(unit.calendar, options.timelines.knownFrom, window.to);
    this.#timelines = options.timelines;
    this.#firstRun = options.firstRun;
    this.#isNewestBad = options.isNewestBad;
  }

  /** Reads the shift from history. The rows read come along to tell which samples told meanwhile are among them. */
  static async read(history: Pick<HistoryStore, 'columns'>, unit: KpiUnit, now: number) {
    const { window, turnAt } = currentWindow(unit.calendar, now);
    const { rows, ...timelines } = await readUnit(
      history,
      unit,
      window.from,
      Math.max(now, window.to) + longestAheadMs,
    );
    const stateRows = rows.get(unit.state.tag.number)!;
    const firstRun = await firstRunOf(history, unit, timelines.states, stateRows);
    const isNewestBad = isBad(stateRows.statuses.at(-1) ?? 0);
    return { rows, live: new LiveUnit({ unit, window, turnAt, timelines, firstRun, isNewestBad }) };
  }

  /** Takes one sample of one of its tags. False when it is older than what is known, so that history must be read again. */
  fold(tag: number, time: number, status: number, value: SampleValue): boolean {
    const { states, counters } = this.#timelines;
    let isInOrder = true;
    if (tag === this.#unit.state.tag.number) {
      isInOrder = states.add(time, status, value) || this.#isBeforeBase(tag, time);
      if (time === states.newestTime) this.#isNewestBad = isBad(status);
    }
    for (const counter of counters) {
      // What comes after the window's end counts in another one; without the next shift for days it would only pile up here.
      if (counter.tag !== tag || time >= this.#window.to) continue;
      isInOrder = (counter.timeline.add(time, status, value) || this.#isBeforeBase(tag, time)) && isInOrder;
    }
    return isInOrder;
  }

  #isBeforeBase(tag: number, time: number): boolean {
    const base = this.#timelines.bases.get(tag);
    return base !== undefined && time < base;
  }

  /** Keeps memory small in a long shift of a fast machine. */
  compact(now: number): void {
    const settledTo = Math.min(now, this.#timelines.states.newestTime, this.#window.to);
    for (const { timeline } of this.#timelines.counters) {
      if (timeline.deltas.length <= fewDeltas) continue;
      const states = this.#timelines.states.intervals(timeline.deltas[0]!.from, settledTo);
      timeline.compact(this.#window.from, settledTo, excludedTimeOf(states, this.#planned));
    }
  }

  kpi(now: number): AssetKpi {
    const { from, to, label, shiftId, kind } = this.#window;
    const result = evaluateWorkUnit({
      from,
      to: Math.max(from, Math.min(now, to)),
      planned: this.#planned,
      mappingVersion: this.#unit.mapping.version,
      states: this.#timelines.states,
      counters: this.#timelines.counters,
      plannedCycleMs: this.#unit.plannedCycleMs(from),
    });
    const { tenantId, assetId } = this.#unit;
    return { ...result, tenantId, assetId, window: kind, shiftId, label, open: to > now };
  }

  state(now: number): AssetState {
    const { states } = this.#timelines;
    const { assetId, state: signal } = this.#unit;
    const newest = states.newest();
    if (newest === undefined) return { assetId, state: 'unknown', cause: noCause, since: null, doubt: 'never-seen' };
    const since = newest.since === this.#firstRun?.from ? this.#firstRun.since : newest.since;
    const isStale = now - states.newestTime > holdMsOf(signal.maxSilentMs);
    const doubt = this.#isNewestBad ? 'bad' : isStale ? 'stale' : 'none';
    return { assetId, state: newest.state, cause: newest.cause, since, doubt };
  }
}
