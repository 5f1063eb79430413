import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import type { Signal } from '@gongfu/shared/base/signal';
import { aroundTheClock } from '@gongfu/shared/kpi/calendar';
import { coarseStates } from '@gongfu/shared/kpi/coarse-states';
import { addUp } from '@gongfu/shared/kpi/group-kpi';
import type { KpiResult } from '@gongfu/shared/kpi/kpi-result';
import { statesByPlan } from '@gongfu/shared/kpi/time-model';
import { evaluateWorkUnit } from '@gongfu/shared/kpi/work-unit-kpi';
import type { CalendarDefinition } from '@gongfu/shared/model/calendar';
import type { HistoryStore } from '../history/history-store.ts';
import type { Committed } from '../ingest/committed.ts';
import type { AssetSource, KpiAsset } from './asset-source.ts';
import { groupState } from './group-state.ts';
import {
  type AssetKpi,
  type AssetLosses,
  type AssetState,
  type AssetStates,
  type AssetWindow,
  assetUnknown,
  type KpiEngine,
} from './kpi-engine.ts';
import { type AskedWindow, currentWindow, windowsAsked } from './kpi-range.ts';
import { type KpiUnit, kpiUnitOf, kpiUnitsOf } from './kpi-unit.ts';
import { LiveFigures } from './live-figures.ts';
import { readLosses } from './loss-report.ts';
import { plannedTime } from './unit-history.ts';
import { UnitReadings } from './unit-readings.ts';

/** Windows are read from history together up to this span: few questions, and memory that does not grow with the range. */
const chunkMs = 4 * 24 * 3_600_000;

/** KPIs from history for any window, and of the current shift from memory. */
export class KpiRunner implements KpiEngine, Part {
  readonly #assets: AssetSource;
  readonly #readings: UnitReadings;
  readonly #clock: Clock;
  readonly #figures: LiveFigures;

  constructor(options: {
    assets: AssetSource;
    history: Pick<HistoryStore, 'columns'>;
    committed: Signal<Committed>;
    clock: Clock;
    log: Logger;
  }) {
    this.#assets = options.assets;
    this.#readings = new UnitReadings(options);
    this.#clock = options.clock;
    this.#figures = new LiveFigures(options);
  }

  /** History must be started; resolves when the current shift of every work unit was read. */
  async start(): Promise<void> {
    await this.#readings.start();
    await this.#figures.start();
  }

  async stop(): Promise<void> {
    await this.#figures.stop();
    await this.#readings.stop();
  }

  async evaluate(query: Parameters<KpiEngine['evaluate']>[0]): Promise<AssetKpi[]> {
    const { tenantId, assetId } = query;
    const asset = this.#known(tenantId, assetId);
    const units = kpiUnitsOf(this.#assets, asset);
    if (units.length === 0) throw notDefined(asset);
    const now = this.#clock.now();
    const results: AssetKpi[] = [];
    for (const windows of chunksOf(windowsAsked(query, asset.calendar ?? aroundTheClock, now))) {
      const members: KpiResult[][] = [];
      for (const unit of units) members.push(await this.#evaluateUnit(unit, windows, now));
      windows.forEach(({ kind, shiftId, label, from, to }, i) => {
        // Who was retired before is no part of the sum; who was alone in it stays, as nothing.
        const there = members.filter((_, m) => units[m]!.retiredAt > from);
        const ofWindow = (there.length > 0 ? there : members).map((member) => member[i]!);
        const result = asset.level === 'work-unit' ? ofWindow[0]! : addUp(ofWindow);
        results.push({ ...result, tenantId, assetId, window: kind, shiftId, label, open: to > now });
      });
    }
    return results;
  }

  async states(query: Parameters<KpiEngine['states']>[0]): Promise<AssetStates> {
    const asset = this.#known(query.tenantId, query.assetId);
    const unit = kpiUnitOf(asset);
    if (unit === undefined) throw notDefined(asset);
    const { from, to } = this.#passedOf(query, unit.calendar);
    if (to <= from) return { from, to: from, items: [] };
    const { states, knownFrom } = await this.#readings.read(unit, from, to);
    const planned = plannedTime(unit.calendar, knownFrom, to);
    return {
      from,
      to,
      items: coarseStates(statesByPlan(states.intervals(from, to), planned), query.resolutionMs ?? 0),
    };
  }

  async losses(query: Parameters<KpiEngine['losses']>[0]): Promise<AssetLosses> {
    const asset = this.#known(query.tenantId, query.assetId);
    if (kpiUnitsOf(this.#assets, asset).length === 0) throw notDefined(asset);
    const { from, to } = this.#passedOf(query, asset.calendar ?? aroundTheClock);
    const parts = { assets: this.#assets, readings: this.#readings, sees: query.sees ?? (() => true) };
    return { ...(await readLosses(parts, asset, [from, to])), from, to };
  }

  windows(query: Parameters<KpiEngine['windows']>[0]): AssetWindow[] {
    const { calendar } = this.#known(query.tenantId, query.assetId);
    const now = this.#clock.now();
    return windowsAsked(query, calendar ?? aroundTheClock, now).map(({ label, shiftId, from, to }) => ({
      label,
      shiftId,
      from,
      to,
      open: to > now,
    }));
  }

  /** What has passed of the range asked for; without a start, of the current shift. */
  #passedOf(
    query: { readonly from?: number | undefined; readonly to?: number | undefined },
    calendar: CalendarDefinition,
  ): { from: number; to: number } {
    const now = this.#clock.now();
    const current = query.from === undefined ? currentWindow(calendar, now).window : undefined;
    const from = query.from ?? current!.from;
    const to = query.to ?? Math.max(from + 1, Math.min(now, current?.to ?? now));
    const [window] = windowsAsked({ window: 'custom', from, to }, calendar, now);
    return { from, to: window === undefined ? from : Math.min(now, window.to) };
  }

  live(tenantId: string, assetId: string): { kpi: AssetKpi; state: AssetState } | undefined {
    const asset = this.#assets.asset(tenantId, assetId);
    if (asset === undefined) return undefined;
    const now = this.#clock.now();
    const units = kpiUnitsOf(this.#assets, asset).filter(({ retiredAt }) => retiredAt > now);
    const members = units.map((unit) => this.#figures.get(tenantId, unit.assetId));
    const known = members.filter((member) => member !== undefined);
    // A sum with a member missing would be a wrong figure that looks like a right one.
    if (known.length === 0 || known.length < members.length) return undefined;
    const kpis = known.map((member) => member.kpi(now));
    const states = known.map((member) => member.state(now));
    if (asset.level === 'work-unit') return { kpi: kpis[0]!, state: states[0]! };
    const label = [...new Set(kpis.map((kpi) => kpi.label))].join(' + ');
    const shiftId = kpis.every((kpi) => kpi.shiftId === kpis[0]!.shiftId) ? kpis[0]!.shiftId : null;
    const window = kpis.every((kpi) => kpi.window === kpis[0]!.window) ? kpis[0]!.window : 'custom';
    const open = kpis.some((kpi) => kpi.open);
    const kpi = { ...addUp(kpis), tenantId, assetId, window, shiftId, label, open };
    return { kpi, state: groupState(assetId, states) };
  }

  async #evaluateUnit(unit: KpiUnit, windows: readonly AskedWindow[], now: number): Promise<KpiResult[]> {
    const from = Math.min(...windows.map((window) => window.from));
    const to = Math.min(now, Math.max(...windows.map((window) => window.to)));
    const { states, counters, knownFrom } = await this.#readings.read(unit, from, to);
    const planned = plannedTime(unit.calendar, knownFrom, to);
    return windows.map((window) =>
      evaluateWorkUnit({
        from: window.from,
        to: Math.max(window.from, Math.min(now, window.to, unit.retiredAt)),
        planned,
        mappingVersion: unit.mapping.version,
        states,
        counters,
        plannedCycleMs: unit.plannedCycleMs(window.from),
      }),
    );
  }

  #known(tenantId: string, assetId: string): KpiAsset {
    const asset = this.#assets.asset(tenantId, assetId);
    if (asset !== undefined) return asset;
    throw assetUnknown(assetId);
  }
}

function notDefined({ assetId, level }: KpiAsset): Problem {
  return new Problem({
    code: 'kpi-not-defined',
    detail:
      level === 'work-unit'
        ? `The work unit ${assetId} has no state signal that a gateway has declared, or no state mapping.`
        : `No work unit under ${assetId} has a state signal that a gateway has declared and a state mapping.`,
    advice:
      'Give the work unit a signal with the role state and a state mapping, and see that its gateway is connected.',
    reaction: 'drop',
    status: 422,
  });
}

function chunksOf(windows: readonly AskedWindow[]): AskedWindow[][] {
  const chunks: AskedWindow[][] = [];
  for (const window of windows) {
    const chunk = chunks.at(-1);
    if (chunk !== undefined && window.to - chunk[0]!.from <= chunkMs) chunk.push(window);
    else chunks.push([window]);
  }
  return chunks;
}
