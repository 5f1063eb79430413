import type { ProblemFields } from '@gongfu/shared/base/problem';
import type {
  AdmittedBatch,
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

/** What the history process does for the service; each operation is one request and one reply over the IPC channel. */
export interface StoreOperations {
  append(batches: readonly AdmittedBatch[]): Promise<void>;
  /** Whether the batch's commit survived: asked after the process died between a request and its reply. */
  holds(batch: BatchName): Promise<boolean>;
  watermarks(): Promise<WatermarkRange[]>;
  quarantine(record: QuarantineRecord): Promise<void>;
  samples(query: SampleQuery): Promise<SamplePage>;
  series(query: SeriesQuery): Promise<SeriesPoint[]>;
  trend(query: TrendQuery): Promise<Trend>;
  statistics(query: StatisticsQuery): Promise<TagStatistics[]>;
  copy(query: CopyQuery): Promise<number>;
  columns(query: ColumnsQuery): Promise<PackedColumns>;
  latest(tags: readonly HistoryTag[]): Promise<(StoredSample & { tag: number })[]>;
  gaps(query: GapQuery): Promise<GapPage>;
  health(): Promise<{ bytes: number }>;
}

export type BatchName = Pick<AdmittedBatch, 'gatewayId' | 'epoch' | 'sequence'>;
export type SeriesQuery = Parameters<HistoryStore['series']>[0];
export type TrendQuery = Parameters<HistoryStore['trend']>[0];
export type StatisticsQuery = Parameters<HistoryStore['statistics']>[0];
export type CopyQuery = Parameters<HistoryStore['copy']>[0];
export type ColumnsQuery = Parameters<HistoryStore['columns']>[0];
export type GapQuery = Parameters<HistoryStore['gaps']>[0];

/** `TagColumns` with typed arrays, because those cross the channel at memory speed. */
export interface PackedColumns {
  readonly sourceTimes: Float64Array;
  readonly statuses: Uint32Array;
  readonly values: Float64Array | BigInt64Array | BigUint64Array | string[];
}

/** Samples are rolled up once so many wait or so much time has passed; until then they are read as they are. */
export interface RollupPace {
  readonly rowsMax: number;
  readonly afterMs: number;
  /** How often it is looked. */
  readonly lookMs: number;
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
