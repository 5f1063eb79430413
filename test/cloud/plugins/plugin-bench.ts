import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Signal } from '@gongfu/shared/base/signal';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { Plugin } from '@gongfu/shared/sdk/plugin';
import { AssetCatalogue } from '#cloud/assets/asset-catalogue';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { Committed } from '#cloud/ingest/committed';
import { KpiRunner } from '#cloud/kpi/kpi-runner';
import { PluginHost } from '#cloud/plugins/host/plugin-host';
import { PluginStore } from '#cloud/plugins/host/plugin-store';
import { connectRecords } from '#cloud/records/connect';
import type { Records } from '#cloud/records/records';
import { FakeClock } from '../../kit/fake-clock.ts';

export const minute = 60_000;
export const hour = 60 * minute;
/** 06:00 on Monday 23 November 2026 in Shanghai: the early shift begins. */
export const sixOClock = Date.UTC(2026, 10, 22, 22);

/** History numbers of the tags of line 1. */
export const tags = { state: 1, total: 2, energy: 3, other: 4 } as const;

function rethrow(error: unknown): never {
  throw error;
}

const name = { zh: '名称', en: 'name' };
const days = [1, 2, 3, 4, 5, 6, 7];
const shift = (id: string, start: string, end: string) => ({ id, name, start, end, days, breaks: [] });

export type Row = readonly [tag: number, time: number, value: number, status?: number];

/** Plugins at work on real records, a real history store and the real KPI engine, at a time of the test's choice. */
export class PluginBench {
  readonly clock = new FakeClock(sixOClock);
  readonly #folder: string;
  readonly #history: DuckdbHistoryStore;
  readonly #runner: KpiRunner;
  readonly assets: AssetCatalogue;
  readonly store: PluginStore;
  readonly records: Records;
  #sequence = 0;

  private constructor(folder: string, records: Records) {
    this.#folder = folder;
    this.records = records;
    const log = silentLogger;
    this.#history = new DuckdbHistoryStore({
      folder: join(folder, 'history'),
      log,
      clock: systemClock,
      random: Math.random,
    });
    this.assets = new AssetCatalogue({ records, onListenerError: rethrow });
    const committed = new Signal<Committed>(rethrow);
    this.#runner = new KpiRunner({ assets: this.assets, history: this.#history, committed, clock: this.clock, log });
    this.store = new PluginStore({ records, clock: this.clock });
  }

  static async open(): Promise<PluginBench> {
    const folder = await mkdtemp(join(tmpdir(), 'plugins-'));
    const records = await connectRecords({ folder: join(folder, 'records'), log: silentLogger });
    const bench = new PluginBench(folder, records);
    await bench.#history.start();
    await fill(records);
    await bench.assets.refresh();
    return bench;
  }

  async close(): Promise<void> {
    await this.#history.stop();
    await this.records.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  host(...plugins: Plugin[]): PluginHost {
    const found = plugins.map((plugin) => ({ folder: plugin.declaration.manifest.id, plugin, faults: [] }));
    const { records, assets, store } = this;
    const doors = { records, assets, store, history: this.#history, kpis: this.#runner };
    return new PluginHost({ found, doors, clock: this.clock, log: silentLogger });
  }

  async commit(rows: readonly Row[]): Promise<void> {
    const block: SampleBlock<'number'> = {
      kind: 'number',
      count: rows.length,
      tags: Uint32Array.from(rows, ([tag]) => tag),
      sourceTimes: Float64Array.from(rows, ([, time]) => time),
      values: Float64Array.from(rows, ([, , value]) => value),
      statuses: Uint32Array.from(rows, ([, , , status]) => status ?? 0),
    };
    this.#sequence += 1;
    const place = { gatewayId: 'g', ingestTime: this.clock.now(), epoch: 1, sequence: this.#sequence };
    await this.#history.append([{ ...place, blocks: [block], gaps: [] }]);
  }
}

async function fill(records: Records): Promise<void> {
  await records.tenants.create([
    { _id: 't', name },
    { _id: 'elsewhere', name },
  ]);
  await records.gateways.create({
    _id: 'g',
    tenantId: 't',
    name: 'gateway',
    status: 'enrolled',
    publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) },
    enrolledAt: 1,
  });
  const tag = { tenantId: 't', gatewayId: 'g', source: 'plc', type: 'float64', scaled: false, kind: 'number' } as const;
  await records.tags.create([
    { ...tag, _id: '1', number: tags.state, name: 'state', maxSilentMs: minute },
    { ...tag, _id: '2', number: tags.total, name: 'total', maxSilentMs: minute },
    { ...tag, _id: '3', number: tags.energy, name: 'energy', unit: 'kW.h', maxSilentMs: minute },
    { ...tag, _id: '4', number: tags.other, name: 'other', unit: 'kW.h', maxSilentMs: minute },
  ]);
  const shifts = [shift('early', '06:00', '14:00'), shift('late', '14:00', '22:00'), shift('night', '22:00', '06:00')];
  await records.calendars.create({
    _id: 't/three',
    tenantId: 't',
    calendarId: 'three',
    timeZone: 'Asia/Shanghai',
    shifts,
    holidays: [],
  });
  await records.stateMappings.create({
    _id: 't/simple',
    tenantId: 't',
    stateMappingId: 'simple',
    version: '1',
    states: [{ value: 1, state: 'running', cause: { zh: '', en: '' } }],
  });
  const asset = { tenantId: 't', name, order: 0, calendarId: 'three', stateMappingId: 'simple' };
  const signal = (role: string, tagName: string) => ({ role, gateway: 'gateway', source: 'plc', tag: tagName });
  await records.assets.create([
    { ...asset, _id: 't/site', assetId: 'site', level: 'site' },
    {
      ...asset,
      _id: 't/site.line-1',
      assetId: 'site.line-1',
      parentId: 'site',
      level: 'line',
      signals: [{ ...signal('energy', 'energy'), rolloverAt: 1_000 }],
    },
    {
      ...asset,
      _id: 't/site.line-1.press',
      assetId: 'site.line-1.press',
      parentId: 'site.line-1',
      level: 'work-unit',
      signals: [signal('state', 'state'), signal('total-count', 'total')],
    },
    { ...asset, _id: 't/site.line-2', assetId: 'site.line-2', parentId: 'site', level: 'line', order: 1 },
  ] as never);
}

/** Piece by piece a minute: state running, one piece more and `wattHours` more on the meter. */
export function running(
  from: number,
  to: number,
  options: { pieces?: number; kWh?: number; step?: number } = {},
): Row[] {
  const rows: Row[] = [];
  const { step = 0.5 } = options;
  let pieces = options.pieces ?? 0;
  let kWh = options.kWh ?? 0;
  for (let time = from; time <= to; time += minute) {
    rows.push([tags.state, time, 1], [tags.total, time, pieces], [tags.energy, time, kWh]);
    pieces += 1;
    kWh += step;
  }
  return rows;
}
