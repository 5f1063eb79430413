import type { ProblemFields } from '@gongfu/shared/base/problem';
import type {
  AdmittedBatch,
  FirstPageQuery,
  GapPage,
  HistoryStore,
  HistoryTag,
  QuarantineRecord,
  SamplePage,
  SampleQuery,
  SeriesPoint,
  StoredSample,
  TagStatistics,
  Trend,
  WatermarkRange,
} from '../history-store.ts';
import type { Expiry, MovableHistory, QuarantinePage, RestoredPiece } from '../movable-history.ts';
import type { Removal, RetentionOrder } from '../retention.ts';
import type { PackedPage, PackedValues } from './packed-page.ts';

/** What the history process does for the service; each operation is one request and one reply over the IPC channel. */
export interface StoreOperations {
  append(batches: readonly AdmittedBatch[]): Promise<void>;
  restore(piece: RestoredPiece): Promise<void>;
  /** Whether the batch's commit survived: asked after the process died between a request and its reply. */
  holds(batch: BatchName): Promise<boolean>;
  watermarks(): Promise<WatermarkRange[]>;
  quarantine(record: QuarantineRecord): Promise<void>;
  samples(query: SampleQuery): Promise<PackedPage>;
  firstPages(queries: readonly FirstPageQuery[]): Promise<SamplePage[]>;
  series(query: SeriesQuery): Promise<SeriesPoint[]>;
  trend(query: TrendQuery): Promise<Trend>;
  statistics(query: StatisticsQuery): Promise<TagStatistics[]>;
  copy(query: CopyQuery): Promise<number>;
  columns(query: ColumnsQuery): Promise<PackedColumns>;
  latest(tags: readonly HistoryTag[]): Promise<(StoredSample & { tag: number })[]>;
  gaps(query: GapQuery): Promise<GapPage>;
  quarantined(query: QuarantineQuery): Promise<QuarantinePage>;
  expired(): Promise<Expiry[]>;
  retain(order: RetentionOrder): Promise<readonly Removal[]>;
  backUp(folder: string): Promise<void>;
  health(): Promise<StoreHealth>;
}

export interface StoreHealth {
  readonly bytes: number;
  /** Of them in files of sealed days. */
  readonly sealedBytes: number;
  /** Files of sealed days. */
  readonly segments: number;
  /** Sets of tables whose days are not all sealed, the one written to among them. */
  readonly generations: number;
}

export type BatchName = Pick<AdmittedBatch, 'gatewayId' | 'epoch' | 'sequence'>;
export type SeriesQuery = Parameters<HistoryStore['series']>[0];
export type TrendQuery = Parameters<HistoryStore['trend']>[0];
export type StatisticsQuery = Parameters<HistoryStore['statistics']>[0];
export type CopyQuery = Parameters<HistoryStore['copy']>[0];
export type ColumnsQuery = Parameters<HistoryStore['columns']>[0];
export type QuarantineQuery = Parameters<MovableHistory['quarantined']>[0];
export type GapQuery = Parameters<HistoryStore['gaps']>[0];

/** `TagColumns` with typed arrays, because those cross the channel at memory speed. */
export interface PackedColumns {
  readonly sourceTimes: Float64Array;
  readonly statuses: Uint32Array;
  readonly values: PackedValues;
}

/** Samples are rolled up once so many wait or so much time has passed; until then they are read as they are. */
export interface RollupPace {
  readonly rowsMax: number;
  readonly afterMs: number;
  /** How often it is looked. */
  readonly lookMs: number;
}

/** When days are sorted into files of their own, and in what pieces. */
export interface SealingPace {
  /** A day is over so long after its end: gateways that were away for a while are back. */
  readonly overMs: number;
  /** Rows that are late for a sealed day wait so long for others. */
  readonly lateMs: number;
  /** A generation takes so many rows, however young they are. */
  readonly rowsMax: number;
  /** So many generations lie beside the one written to; beyond, the oldest is sealed as it is, whatever its days. */
  readonly generationsMax: number;
  /** Sorted in one go: what memory holds. */
  readonly rowsPerPiece: number;
  /** Between two pieces it rests so many times as long as the last one took, for ingest and for who asks. */
  readonly restShare: number;
}

export interface StoreSettings {
  readonly file: string;
  /** As DuckDB writes it: `512MB`. Covers its buffer manager, not the whole process. */
  readonly memoryLimit: string;
  /** Once so many raw bytes lie in quarantine, further records are kept without their bytes. */
  readonly quarantineBytesMax: number;
  /** The watermark ledger gets a row or more a commit; beyond this many it is written anew as the ranges it amounts to. */
  readonly ledgerRowsMax: number;
  /** A query that runs longer is interrupted. */
  readonly queryTimeoutMs: number;
  readonly rollups: RollupPace;
  readonly sealing: SealingPace;
}

export interface StoreRequest {
  readonly id: number;
  readonly operation: keyof StoreOperations | 'open' | 'close';
  readonly argument: unknown;
}

export type StoreReply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly problem: Omit<ProblemFields, 'cause'> & { readonly cause?: string } };

/** The last words of a process that must end. */
export interface StoreFarewell {
  readonly fatal: string;
}
