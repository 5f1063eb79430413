import type { GapRecord, SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind, Value } from '@gongfu/shared/model/value-type';

/** Characters of a cursor of any store at most: one of gaps may name a gateway. */
export const cursorLengthMax = 200;

/** A batch that ingest has admitted: tags are the cloud's history numbers, invalid rows are already out. */
export interface AdmittedBatch {
  readonly gatewayId: string;
  readonly epoch: number;
  readonly sequence: number;
  /** UTC epoch ms at the cloud. */
  readonly ingestTime: number;
  readonly blocks: readonly SampleBlock[];
  readonly gaps: readonly GapRecord[];
}

/** Sequences stored, inclusive. */
export interface WatermarkRange {
  readonly gatewayId: string;
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
}

export interface StoredGap extends GapRecord {
  readonly gatewayId: string;
  readonly epoch: number;
  readonly ingestTime: number;
}

/** A loss that was told twice, or again when it had grown, is there once. */
export interface GapPage {
  readonly gaps: readonly StoredGap[];
  /** Present while there is more. */
  readonly cursor?: string;
}

/** What could not be stored, whole and with its reason, for a person to look at. */
export interface QuarantineRecord {
  readonly gatewayId: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly ingestTime: number;
  readonly code: string;
  readonly detail: string;
  readonly bytes: Uint8Array;
}

export interface HistoryTag {
  readonly number: number;
  readonly kind: ColumnKind;
}

export interface StoredSample {
  readonly sourceTime: number;
  readonly status: number;
  readonly value: Value;
  readonly epoch: number;
  readonly sequence: number;
}

/** Of the newest sample of a tag: its text is long and lies in the store, not in memory. */
export interface LongText {
  readonly tag: number;
  readonly characters: number;
}

/** Samples with from ≤ sourceTime < to, ordered by (sourceTime, epoch, sequence, place in the batch). */
export interface SampleQuery {
  readonly tag: HistoryTag;
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  /** From the previous page; undefined for the first. */
  readonly cursor?: string;
}

export type FirstPageQuery = Omit<SampleQuery, 'cursor'>;

export interface SamplePage {
  readonly samples: readonly StoredSample[];
  /** Present while there is more. */
  readonly cursor?: string;
}

/** One bucket of a down-sampled series; min and max are kept so that no spike is lost. Null where nothing good or uncertain lies. */
export interface SeriesPoint {
  readonly from: number;
  readonly to: number;
  /** Good and uncertain samples: those the figures are made of. */
  readonly count: number;
  readonly badCount: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly first: number | null;
  readonly last: number | null;
}

/** Samples of one tag as columns, for the KPI fold. `values` are numbers (booleans as 0 and 1, 64-bit integers as bigint). */
export interface TagColumns {
  readonly sourceTimes: Float64Array;
  readonly statuses: Uint32Array;
  readonly values: readonly (number | bigint | string)[];
}

/** A tag whose sample counts until the next one, at most `holdMs`: what lies beyond is a gap, not a straight line. */
export interface HeldTag extends HistoryTag {
  readonly holdMs: number;
}

/**
 * The buckets of one tag that hold anything, ascending, as columns of equal length. Figures are of good and uncertain
 * samples and NaN where there is none; text has none at all. Of equal times epoch, sequence and place in the batch tell the order.
 */
export interface TrendColumns {
  readonly tag: HistoryTag;
  /** Begin of the bucket. */
  readonly times: Float64Array;
  readonly counts: Uint32Array;
  readonly badCounts: Uint32Array;
  /** The greatest status code: bad is greater than uncertain is greater than good. */
  readonly worsts: Uint32Array;
  readonly mins: Float64Array;
  readonly minTimes: Float64Array;
  readonly maxs: Float64Array;
  readonly maxTimes: Float64Array;
  readonly means: Float64Array;
  readonly firsts: Float64Array;
  readonly firstTimes: Float64Array;
  readonly lasts: Float64Array;
  readonly lastTimes: Float64Array;
  /** The newest sample before the first bucket, not older than `holdMs`; value null where it is bad or text. */
  readonly before: { readonly time: number; readonly status: number; readonly value: number | null } | null;
}

/** What a question for a trend may choose among. */
export const trendFigures = [
  'counts',
  'badCounts',
  'worsts',
  'mins',
  'minTimes',
  'maxs',
  'maxTimes',
  'means',
  'firsts',
  'firstTimes',
  'lasts',
  'lastTimes',
  'before',
] as const satisfies readonly Exclude<keyof TrendColumns, 'tag' | 'times'>[];

export type TrendFigure = (typeof trendFigures)[number];

/** Whole buckets of one width that cover what was asked, so both ends may lie a little outside. Bucket begins are multiples of the width. */
export interface Trend {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly columns: readonly TrendColumns[];
}

/** Of the samples with from ≤ sourceTime < to. Null where nothing good or uncertain lies, and for text. */
export interface TagStatistics {
  readonly tag: HistoryTag;
  readonly count: number;
  readonly badCount: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Of the population. */
  readonly standardDeviation: number | null;
  /** Each value weighs as long as it held. Null also where more samples lie than are weighed one by one. */
  readonly timeWeightedMean: number | null;
  /** How much of the range a value held; null where that was not computed. */
  readonly heldMs: number | null;
}

/** A tag as it is named in a file. */
export interface NamedTag extends HistoryTag {
  /** As people know it. */
  readonly label: string;
  readonly source: string;
  readonly name: string;
  readonly unit: string;
}

/** `lines`: one JSON object a line, with `local` (epoch ms as if the zone were UTC), `iso`, `number`, `words` and the rest. */
export type CopyFormat = 'csv' | 'parquet' | 'lines';

/**
 * The time-series store. One suite (`test/contract/history-store.contract.ts`) runs over every implementation.
 * `append` is the only writer of rows: rows, gaps and watermark of the given batches become durable together or not at all.
 * Heavy reads never delay it: reads beyond the admission limit reject with Problem `history-busy` (429, retry).
 */
export interface HistoryStore {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Batches not yet in the watermark; the caller guarantees it. @throws Problem with reaction retry when nothing was stored. */
  append(batches: readonly AdmittedBatch[]): Promise<void>;
  watermarks(): Promise<WatermarkRange[]>;
  quarantine(record: QuarantineRecord): Promise<void>;
  samples(query: SampleQuery): Promise<SamplePage>;
  /** The first page of each query, in their order, in one question to the store. Go on with `samples` where there is more. */
  firstPages(queries: readonly FirstPageQuery[]): Promise<SamplePage[]>;
  series(query: { tag: HistoryTag; from: number; to: number; points: number }): Promise<SeriesPoint[]>;
  /** Min, max and the rest of many tags in at most `points` + 1 buckets each, from roll-ups where the range is long: exact all the same. */
  trend(query: {
    tags: readonly HeldTag[];
    from: number;
    to: number;
    points: number;
    /** All unless told: of others the columns are empty and `before` is null. */
    figures?: readonly TrendFigure[];
  }): Promise<Trend>;
  statistics(query: { tags: readonly HeldTag[]; from: number; to: number }): Promise<TagStatistics[]>;
  /**
   * Writes the raw samples with from ≤ sourceTime < to by time into a file that is not there yet, each value exact. Returns
   * how many. @throws Problem `export-too-large` before anything is written
   */
  copy(query: {
    tags: readonly NamedTag[];
    from: number;
    to: number;
    format: CopyFormat;
    /** IANA zone in which times are written. */
    timeZone: string;
    file: string;
    rowsMax: number;
  }): Promise<number>;
  /** from ≤ sourceTime < to, and with `before` also the newest sample earlier than `from`. */
  columns(query: { tag: HistoryTag; from: number; to: number; before: boolean }): Promise<TagColumns>;
  /** The newest sample of each given tag, to fill the last values at start. */
  latest(tags: readonly HistoryTag[]): Promise<(StoredSample & { tag: number })[]>;
  /** Losses that touch [from, to): `oldest` by their begin, which is so unless told, `newest` by their end. */
  gaps(query: {
    gatewayIds: readonly string[];
    from: number;
    to: number;
    limit: number;
    order?: 'oldest' | 'newest';
    /** Only records with this ingestTime or a later one, as if there were no others. UTC epoch ms. */
    heardFrom?: number;
    /** From the previous page of the same order. */
    cursor?: string;
  }): Promise<GapPage>;
  /** For /metrics and /readyz. */
  health(): Promise<{ ready: boolean; detail: string; bytes: number }>;
}
