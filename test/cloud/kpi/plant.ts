import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Signal } from '@gongfu/shared/base/signal';
import type { CalendarDefinition } from '@gongfu/shared/model/calendar';
import { noCause, type StateMappingDefinition } from '@gongfu/shared/model/machine-state';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { Committed } from '#cloud/ingest/committed';
import type { AssetChange, AssetSource, KpiAsset } from '#cloud/kpi/asset-source';
import { KpiRunner } from '#cloud/kpi/kpi-runner';
import { FakeClock } from '../../kit/fake-clock.ts';

function rethrow(error: unknown): never {
  throw error;
}

/** 06:00 on Monday 23 November 2026 in Shanghai. */
export const sixOClock = Date.UTC(2026, 10, 22, 22);
export const minute = 60_000;
export const hour = 60 * minute;

const shiftOf = (id: string, start: string, end: string) => ({
  id,
  name: { zh: '班', en: id },
  start,
  end,
  days: [1, 2, 3, 4, 5, 6, 7],
  breaks: id === 'early' ? [{ start: '10:00', end: '10:30' }] : [],
});

export const calendar: CalendarDefinition = {
  calendarId: 'three-shifts',
  timeZone: 'Asia/Shanghai',
  shifts: [shiftOf('early', '06:00', '14:00'), shiftOf('late', '14:00', '22:00'), shiftOf('night', '22:00', '06:00')],
  holidays: [],
};

export const jam = { zh: '卡料', en: 'jam' };

const stateMapping: StateMappingDefinition = {
  stateMappingId: 'press',
  version: 'v1',
  states: [
    { value: 1, state: 'running', cause: noCause },
    { value: 2, state: 'down', cause: jam },
    { value: 3, state: 'idle', cause: noCause },
    { value: 4, state: 'starved', cause: noCause },
  ],
};

/** State, total and scrap of a press are tags n, n + 1 and n + 2; one sample a minute is promised. */
export function press(assetId: string, n: number, more: Partial<KpiAsset> = {}): KpiAsset {
  const signal = (role: 'state' | 'total-count' | 'scrap-count', number: number) => ({
    role,
    tag: { number, kind: 'number' as const },
    maxSilentMs: minute,
    rolloverAt: role === 'total-count' ? 65_536 : null,
  });
  return {
    tenantId: 't',
    assetId,
    level: 'work-unit',
    calendar,
    stateMapping,
    plannedCycleMs: minute,
    kpiFrom: [],
    signals: [signal('state', n), signal('total-count', n + 1), signal('scrap-count', n + 2)],
    ...more,
  };
}

export function group(assetId: string, level: 'line' | 'site' = 'line'): KpiAsset {
  return { ...press(assetId, 0), level, stateMapping: null, plannedCycleMs: null, signals: [] };
}

export class PlantInMemory implements AssetSource {
  readonly changed = new Signal<AssetChange>(rethrow);
  readonly #assets = new Map<string, KpiAsset>();

  put(...assets: KpiAsset[]): void {
    for (const asset of assets) this.#assets.set(asset.assetId, asset);
  }

  asset(tenantId: string, assetId: string): KpiAsset | undefined {
    const asset = this.#assets.get(assetId);
    return asset?.tenantId === tenantId ? asset : undefined;
  }

  children(_tenantId: string, assetId: string): KpiAsset[] {
    return [...this.#assets.values()].filter(
      (asset) => asset.assetId.replace(/\.[^.]*$/, '') === assetId && asset.assetId !== assetId,
    );
  }

  workUnits(): KpiAsset[] {
    return [...this.#assets.values()].filter((asset) => asset.level === 'work-unit');
  }
}

export type Row = readonly [tag: number, time: number, value: number, status?: number];

/** The real history store and the engine over a plant in memory, at a time of the test's choice. */
export class KpiBench {
  readonly plant = new PlantInMemory();
  readonly clock = new FakeClock(sixOClock);
  readonly committed = new Signal<Committed>(rethrow);
  readonly history: DuckdbHistoryStore;
  readonly runner: KpiRunner;
  /** Questions the engine has put to history. */
  reads = 0;
  readonly #folder: string;
  #sequence = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.history = new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random });
    this.runner = new KpiRunner({
      assets: this.plant,
      history: {
        columns: (query) => {
          this.reads += 1;
          return this.history.columns(query);
        },
      },
      committed: this.committed,
      clock: this.clock,
      log: silentLogger,
    });
  }

  static async open(): Promise<KpiBench> {
    const bench = new KpiBench(await mkdtemp(join(tmpdir(), 'kpi-')));
    await bench.history.start();
    return bench;
  }

  async close(): Promise<void> {
    await this.runner.stop();
    await this.history.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Stores and tells, as ingest does. */
  async commit(rows: readonly Row[]): Promise<void> {
    const block: SampleBlock<'number'> = {
      kind: 'number',
      count: rows.length,
      tags: Uint32Array.from(rows, ([tag]) => tag),
      sourceTimes: Float64Array.from(rows, ([, time]) => time),
      values: Float64Array.from(rows, ([, , value]) => value),
      statuses: Uint32Array.from(rows, ([, , , status]) => status ?? 0),
    };
    const place = { gatewayId: 'g', ingestTime: this.clock.now(), blocks: [block] };
    this.#sequence += 1;
    await this.history.append([{ ...place, epoch: 1, sequence: this.#sequence, gaps: [] }]);
    this.committed.emit({ ...place, tenantId: 't' });
  }

  /** Lets the engine's own look-around run, then waits in real time until what it reads has come. */
  async until(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 400; i += 1) {
      if (condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('nothing happened within two seconds');
  }
}

/** What a press reports each minute of [from, to): its state, and one piece a minute while running, every tenth of them scrap. */
export function minutes(n: number, from: number, to: number, state: number, countFrom: number): Row[] {
  const rows: Row[] = [];
  let count = countFrom;
  for (let time = from; time < to; time += minute) {
    rows.push([n, time, state], [n + 1, time, count % 65_536], [n + 2, time, Math.floor(count / 10)]);
    if (state === 1) count += 1;
  }
  return rows;
}
