import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { Admission } from '../admission.ts';
import type { HistoryBackup } from '../history-backup.ts';
import type {
  AdmittedBatch,
  FirstPageQuery,
  GapPage,
  HistoryTag,
  QuarantineRecord,
  SamplePage,
  SampleQuery,
  SeriesPoint,
  StoredSample,
  TagColumns,
  TagStatistics,
  Trend,
  WatermarkRange,
} from '../history-store.ts';
import {
  type Amount,
  type Expiry,
  type MovableHistory,
  type QuarantinePage,
  type RestoredPiece,
  stretchMs,
} from '../movable-history.ts';
import { formatCursor, startOf } from '../page-cursor.ts';
import type { HistoryRetention, Removal, RetentionOrder } from '../retention.ts';
import { unpackSamples } from './packed-page.ts';
import { ProcessLost, StoreLink } from './store-link.ts';
import type {
  BatchName,
  ColumnsQuery,
  CopyQuery,
  GapQuery,
  QuarantineQuery,
  RollupPace,
  SealingPace,
  SeriesQuery,
  StatisticsQuery,
  StoreHealth,
  TrendQuery,
} from './store-message.ts';

const quarantineBytesMax = 256 * 1024 * 1024;
const ledgerRowsMax = 200_000;
/** Beyond every time that is admitted; the year 2243. */
const latestMs = 20_000 * stretchMs;
const queryTimeoutMs = 30_000;
// A burst of ingest is not held up, and slow plants get few rows a slot: six of ten minutes make an hour.
const rollupPace: RollupPace = { rowsMax: 4_000_000, afterMs: 600_000, lookMs: 1_000 };
// A day is sealed half an hour after midnight (UTC); what is late for one gathers for six hours.
const sealingPace: SealingPace = {
  overMs: 1_800_000,
  lateMs: 6 * 3_600_000,
  rowsMax: 200_000_000,
  generationsMax: 4,
  rowsPerPiece: 2_000_000,
  restShare: 0.5,
};

export interface DuckdbHistoryOptions {
  /** Made when absent; holds `history.duckdb` and, in `days`, a file or more for each day that is over. */
  readonly folder: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** For DuckDB's buffers, as it writes sizes; `512MB` unless told. */
  readonly memoryLimit?: string;
  readonly rollups?: RollupPace;
  readonly sealing?: SealingPace;
}

/** The history in DuckDB files, kept by a process of its own. */
export class DuckdbHistoryStore implements MovableHistory, HistoryRetention, HistoryBackup, Part {
  readonly #folder: string;
  readonly #link: StoreLink;
  readonly #reads = new Admission({ runningMax: 2, waitingMax: 64 });
  /** One at a time: it takes minutes where a picture takes a moment. */
  readonly #copies = new Admission({ runningMax: 1, waitingMax: 4 });

  constructor(options: DuckdbHistoryOptions) {
    const { folder, log, clock, random, memoryLimit = '512MB', rollups = rollupPace, sealing = sealingPace } = options;
    this.#folder = folder;
    const file = join(folder, 'history.duckdb');
    this.#link = new StoreLink({
      settings: { file, memoryLimit, quarantineBytesMax, ledgerRowsMax, queryTimeoutMs, rollups, sealing },
      clock,
      log,
      random,
    });
  }

  /** Process id of the history process while it runs. */
  get processId(): number | undefined {
    return this.#link.processId;
  }

  async start(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true });
    } catch (error) {
      throw new Problem({
        code: 'history-unreadable',
        detail: `history folder ${this.#folder} cannot be made: ${messageOf(error)}`,
        advice: 'Name a folder this user may write to.',
        reaction: 'stop',
        cause: error,
      });
    }
    await this.#link.start();
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }

  async append(batches: readonly AdmittedBatch[]): Promise<void> {
    const name = batches[0];
    if (name === undefined) return;
    // All batches go with one commit, so one of them answers for all.
    await this.#written(this.#link.call('append', batches), name);
  }

  restore(piece: RestoredPiece): Promise<void> {
    const { gatewayId, epoch, first: sequence } = piece.known[0]!;
    return this.#written(this.#link.call('restore', piece), { gatewayId, epoch, sequence });
  }

  async #written(written: Promise<void>, { gatewayId, epoch, sequence }: BatchName): Promise<void> {
    try {
      await written;
    } catch (error) {
      if (!(error instanceof ProcessLost)) throw error;
      if (!(await this.#survived({ gatewayId, epoch, sequence }))) throw this.#link.unavailable(error.message);
    }
  }

  async #survived(batch: BatchName): Promise<boolean> {
    for (;;) {
      await this.#link.whenOpen();
      try {
        return await this.#link.call('holds', batch);
      } catch (error) {
        if (!(error instanceof ProcessLost)) throw error;
      }
    }
  }

  watermarks(): Promise<WatermarkRange[]> {
    return this.#answered(this.#link.call('watermarks'));
  }

  quarantine(record: QuarantineRecord): Promise<void> {
    return this.#answered(this.#link.call('quarantine', record));
  }

  quarantined(query: QuarantineQuery): Promise<QuarantinePage> {
    return this.#answered(this.#link.call('quarantined', query));
  }

  /** By the roll-ups, which count exactly. */
  async amounts({ tags, from }: { tags: readonly HistoryTag[]; from: number }): Promise<Amount[]> {
    const points = Math.ceil((latestMs - from) / stretchMs);
    const held = tags.map((tag) => ({ ...tag, holdMs: 0 }));
    const { columns } = await this.trend({ tags: held, from, to: latestMs, points });
    return columns.flatMap(({ tag, times, counts, badCounts }) => {
      const found = new Map<number, number>();
      for (const [i, time] of times.entries()) {
        const begin = Math.floor(time / stretchMs) * stretchMs;
        found.set(begin, (found.get(begin) ?? 0) + counts[i]! + badCounts[i]!);
      }
      return [...found].map(([begin, samples]) => ({ tag: tag.number, from: begin, samples }));
    });
  }

  expired(): Promise<Expiry[]> {
    return this.#answered(this.#link.call('expired'));
  }

  async samples(query: SampleQuery): Promise<SamplePage> {
    const { samples: packed, hasMore } = await this.#read(() => this.#link.call('samples', query));
    const samples = unpackSamples(query.tag.kind, packed);
    return hasMore ? { samples, cursor: formatCursor(startOf(query), samples) } : { samples };
  }

  firstPages(queries: readonly FirstPageQuery[]): Promise<SamplePage[]> {
    return this.#read(() => this.#link.call('firstPages', queries));
  }

  series(query: SeriesQuery): Promise<SeriesPoint[]> {
    return this.#read(() => this.#link.call('series', query));
  }

  trend(query: TrendQuery): Promise<Trend> {
    return this.#read(() => this.#link.call('trend', query));
  }

  statistics(query: StatisticsQuery): Promise<TagStatistics[]> {
    return this.#read(() => this.#link.call('statistics', query));
  }

  copy(query: CopyQuery): Promise<number> {
    return this.#copies.run(() => this.#answered(this.#link.call('copy', query)));
  }

  async columns(query: ColumnsQuery): Promise<TagColumns> {
    const { sourceTimes, statuses, values } = await this.#read(() => this.#link.call('columns', query));
    return { sourceTimes, statuses, values: Array.from<number | bigint | string>(values) };
  }

  latest(tags: readonly HistoryTag[]): Promise<(StoredSample & { tag: number })[]> {
    return this.#read(() => this.#link.call('latest', tags));
  }

  gaps(query: GapQuery): Promise<GapPage> {
    return this.#read(() => this.#link.call('gaps', query));
  }

  retain(order: RetentionOrder): Promise<readonly Removal[]> {
    return this.#answered(this.#link.call('retain', order));
  }

  backUp(folder: string): Promise<void> {
    return this.#answered(this.#link.call('backUp', folder));
  }

  async health(): Promise<{ ready: boolean; detail: string } & StoreHealth> {
    try {
      return { ready: true, detail: this.#link.detail, ...(await this.#link.call('health')) };
    } catch {
      return { ready: false, detail: this.#link.detail, bytes: 0, sealedBytes: 0, segments: 0, generations: 0 };
    }
  }

  #read<T>(ask: () => Promise<T>): Promise<T> {
    return this.#reads.run(() => this.#answered(ask()));
  }

  async #answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw error instanceof ProcessLost ? this.#link.unavailable(error.message) : error;
    }
  }
}
