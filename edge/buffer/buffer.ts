import type { GapRecord, SampleBlock } from '@gongfu/shared/model/sample';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import type { ConditionLog } from './condition-log.ts';

/** A batch as it lies on disk: encoded and deflated once at append, sent byte for byte to a cloud that reads its version. */
export interface BufferedBatch {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly samples: number;
  /** Source times of the first and last sample, UTC epoch ms. */
  readonly fromTime: number;
  readonly toTime: number;
}

export interface BufferState {
  readonly epoch: number;
  readonly batches: number;
  readonly usedBytes: number;
  readonly capacityBytes: number;
  /** Source time of the oldest sample held, null when empty. */
  readonly oldestTime: number | null;
  readonly lastSequence: number;
  readonly gapsTotal: number;
}

/**
 * Store-and-forward. Once `append` resolves the samples are durable (fdatasync) and will reach the cloud exactly once,
 * or a gap record names them. See README.md for the numbered promises.
 */
export interface TelemetryBuffer {
  /** Opens or creates; a buffer that cannot be read is set aside, and a new one begins with a higher epoch. @throws Problem */
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): BufferState;
  /**
   * Durable append as one batch under the next sequence. Over the limit the oldest batches leave and a gap record enters.
   * @throws Problem with reaction retry when nothing was kept.
   */
  append(blocks: readonly SampleBlock[], gaps: readonly GapRecord[]): Promise<BufferedBatch>;
  /** Batches with sequence > `after` in order, up to about `bytesMax` (at least one). Synchronous memory-mapped read. */
  read(after: number, bytesMax: number): BufferedBatch[];
  /**
   * The cloud has made these durable: from now on they are neither read nor counted. They leave the disk in the transaction of the
   * next `append`, within two seconds at most, with `stop` at the latest; killed before, a buffer has them again, and the cloud says at
   * `hello` that it has them. Unknown sequences are ignored.
   */
  forget(sequences: readonly number[]): void;
  /** Gives each tag its number, the same for ever within the epoch, and keeps the declaration. Durable when it resolves. */
  declare(tags: readonly Omit<TagDeclaration, 'number'>[]): Promise<TagDeclaration[]>;
  /** Every tag ever declared in this epoch: what batches on disk may name. */
  declarations(): readonly TagDeclaration[];
  /** To be used between `start` and `stop`. */
  readonly conditions: ConditionLog;
}
