import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { Signal } from '@gongfu/shared/base/signal';
import type { SampleValue } from '@gongfu/shared/kpi/state-mapping';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { HistoryStore } from '../history/history-store.ts';
import type { Committed } from '../ingest/committed.ts';
import type { AssetChange, AssetSource } from './asset-source.ts';
import { type KpiUnit, kpiUnitOf } from './kpi-unit.ts';
import { LiveUnit } from './live-unit.ts';
import { hasRow } from './unit-history.ts';

const lookEveryMs = 1_000;
/** Late samples come in crowds: history is read again at most this often for one work unit. */
const readAgainAfterMs = 5_000;

interface ToldSample {
  readonly tag: number;
  readonly time: number;
  readonly status: number;
  readonly value: SampleValue;
}

interface Followed {
  readonly unit: KpiUnit;
  live: LiveUnit | undefined;
  /** History holds more than memory: late samples came, or nothing was read yet. */
  isBehind: boolean;
  readAtMs: number;
  /** Samples told while history is being read. */
  told: ToldSample[] | undefined;
  hasFailed: boolean;
}

/** Keeps the current shift of every work unit in memory: reads it from history, then folds what ingest commits. */
export class LiveFigures {
  readonly #assets: AssetSource;
  readonly #history: Pick<HistoryStore, 'columns'>;
  readonly #committed: Signal<Committed>;
  readonly #clock: Clock;
  readonly #log: Logger;
  #units = new Map<string, Followed>();
  /** By history number the place in #followers + 1, 0 for a tag without a role: most samples cost one array look-up. */
  #places = new Uint32Array(0);
  #followers: Followed[][] = [];
  #leave: (() => void)[] = [];
  #cancelLook: () => void = () => {};
  #reading: Promise<void> | undefined;
  #isRunning = false;

  constructor(options: {
    assets: AssetSource;
    history: Pick<HistoryStore, 'columns'>;
    committed: Signal<Committed>;
    clock: Clock;
    log: Logger;
  }) {
    this.#assets = options.assets;
    this.#history = options.history;
    this.#committed = options.committed;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Resolves when every work unit was read once; one that could not be read is tried again later. */
  async start(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#follow(() => true);
    this.#leave = [
      this.#committed.on(({ blocks }) => {
        for (const block of blocks) this.#take(block);
      }),
      this.#assets.changed.on((change) => this.#followChanged(change)),
    ];
    await this.#readDue();
    this.#lookLater();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#cancelLook();
    for (const leave of this.#leave.splice(0)) leave();
    await this.#reading;
    this.#units.clear();
    this.#places = new Uint32Array(0);
  }

  get(tenantId: string, assetId: string): LiveUnit | undefined {
    return this.#units.get(keyOf(tenantId, assetId))?.live;
  }

  #followChanged({ tenantId, assetIds }: AssetChange): void {
    const changed = new Set(assetIds);
    this.#follow((unit) => unit.tenantId === tenantId && changed.has(unit.assetId));
    void this.#readDue();
  }

  /** Builds the list of work units and tags anew; units that did not change keep what they know. */
  #follow(hasChanged: (unit: KpiUnit) => boolean): void {
    const units = new Map<string, Followed>();
    for (const unit of this.#assets.workUnits().flatMap((asset) => kpiUnitOf(asset) ?? [])) {
      const key = keyOf(unit.tenantId, unit.assetId);
      const known = hasChanged(unit) ? undefined : this.#units.get(key);
      const fresh = { unit, live: undefined, isBehind: true, readAtMs: Number.NEGATIVE_INFINITY };
      units.set(key, known ?? { ...fresh, told: undefined, hasFailed: false });
    }
    this.#units = units;
    this.#index();
  }

  #index(): void {
    const byTag = new Map<number, Followed[]>();
    for (const followed of this.#units.values()) {
      const { state, counters } = followed.unit;
      for (const number of new Set([state, ...counters.map(({ signal }) => signal)].map(({ tag }) => tag.number))) {
        byTag.set(number, [...(byTag.get(number) ?? []), followed]);
      }
    }
    this.#places = new Uint32Array(Math.max(-1, ...byTag.keys()) + 1);
    this.#followers = [...byTag.values()];
    [...byTag.keys()].forEach((number, place) => {
      this.#places[number] = place + 1;
    });
  }

  #take(block: SampleBlock): void {
    const { tags, count } = block;
    for (let row = 0; row < count; row += 1) {
      const place = this.#places[tags[row]!];
      if (place === undefined || place === 0) continue;
      const sample: ToldSample = {
        tag: tags[row]!,
        time: block.sourceTimes[row]!,
        status: block.statuses[row]!,
        value: block.values[row]!,
      };
      for (const followed of this.#followers[place - 1]!) {
        followed.told?.push(sample);
        fold(followed, sample);
      }
    }
  }

  #lookLater(): void {
    if (!this.#isRunning) return;
    this.#cancelLook = this.#clock.after(lookEveryMs, () => {
      for (const { live } of this.#units.values()) live?.compact(this.#clock.now());
      void this.#readDue();
      this.#lookLater();
    });
  }

  /** One reading at a time over all units: the figures on screen must not crowd out people's questions to history. */
  #readDue(): Promise<void> {
    if (this.#reading === undefined && this.#nextDue() === undefined) return Promise.resolve();
    this.#reading ??= this.#readAllDue().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAllDue(): Promise<void> {
    for (let due = this.#nextDue(); due !== undefined && this.#isRunning; due = this.#nextDue()) await this.#read(due);
  }

  #nextDue(): Followed | undefined {
    const now = this.#clock.now();
    const latest = this.#clock.monotonicMs() - readAgainAfterMs;
    return [...this.#units.values()].find(
      ({ live, isBehind, readAtMs }) => readAtMs <= latest && (isBehind || live === undefined || now >= live.turnAt),
    );
  }

  async #read(followed: Followed): Promise<void> {
    followed.readAtMs = this.#clock.monotonicMs();
    followed.told = [];
    followed.isBehind = false;
    try {
      const { live, rows } = await LiveUnit.read(this.#history, followed.unit, this.#clock.now());
      const told = followed.told;
      followed.live = live;
      followed.isBehind = false;
      for (const sample of told) {
        const read = rows.get(sample.tag);
        if (read !== undefined && hasRow(read, sample.time, sample.status, sample.value)) continue;
        fold(followed, sample);
      }
      followed.hasFailed = false;
    } catch (error) {
      followed.isBehind = true;
      if (!followed.hasFailed) {
        const { tenantId, assetId } = followed.unit;
        this.#log.warn({ tenantId, assetId, cause: messageOf(error) }, 'live KPI could not be read; trying again');
      }
      followed.hasFailed = true;
    } finally {
      followed.told = undefined;
    }
  }
}

function fold(followed: Followed, { tag, time, status, value }: ToldSample): void {
  if (followed.live !== undefined && !followed.live.fold(tag, time, status, value)) followed.isBehind = true;
}

function keyOf(tenantId: string, assetId: string): string {
  return `${tenantId}/${assetId}`;
}
