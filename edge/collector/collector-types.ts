import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import type { Quality } from '@gongfu/shared/model/quality';
import type { GapRecord, SampleBlock } from '@gongfu/shared/model/sample';
import type { Value } from '@gongfu/shared/model/value-type';
import type { DriverKind, DriverTag } from '@gongfu/shared/sdk/driver';
import type { ConditionReport } from '@gongfu/shared/wire/condition';
import type { SourceHealth } from '@gongfu/shared/wire/handshake';

/** Values a tag can truly have, in its unit after scaling. */
export interface ValueRange {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** What becomes of a value outside: no value at all, the bound it went over, or the value as it came; the last two uncertain. */
  readonly outside: 'bad' | 'clamp' | 'keep';
  /** How far beyond a bound a value still counts as inside, for arithmetic that is not exact; such a value stays as it is. */
  readonly tolerance: number;
  /** Beyond these the sensor itself has failed, whatever `outside` says. */
  readonly faultBelow?: number | undefined;
  readonly faultAbove?: number | undefined;
}

/** A driver's tag with what the collector itself does to its samples. Driver-specific keys ride along untouched. */
export interface CollectorTag extends DriverTag {
  /** Absolute change, in the tag's unit after scaling, that must be exceeded; null when not configured. Implies `onChange`. */
  readonly deadband: number | null;
  /** Change in percent of the value that passed last, on top of `deadband`. */
  readonly deadbandPercent?: number | undefined;
  /** Deviation, in the tag's unit after scaling, that a straight line between samples may have from those held back. Implies `onChange`. */
  readonly swingingDoor?: number | undefined;
  /** Values it can truly have; others are judged before anything else sees them. */
  readonly range?: ValueRange | undefined;
  /** Report only changes; every sample passes when false and no deadband is set. */
  readonly onChange: boolean;
  /** Longest silence of a tag that reports only changes, while its source answers. */
  readonly heartbeatMs: number;
}

/** One configured source. `settings` and the driver's keys of `tags` are what the kind's own schemas have parsed. */
export interface CollectorSource {
  readonly name: string;
  readonly kind: DriverKind<unknown, unknown>;
  readonly settings: unknown;
  readonly tags: readonly CollectorTag[];
}

/**
 * Makes samples durable; normally `TelemetryBuffer.append`. Called once at a time. The arrays of the blocks are the
 * callee's until the promise settles and are used again afterwards. A rejection means that nothing was kept.
 */
export type SampleSink = (blocks: readonly SampleBlock[], gaps: readonly GapRecord[]) => Promise<unknown>;

/**
 * Makes reports of conditions durable, in their order; resolves with what had to leave for them. Called once at a time; a rejection
 * means that none was kept.
 */
export type ConditionSink = (
  reports: readonly ConditionReport[],
) => Promise<readonly Pick<GapRecord, 'source' | 'fromTime' | 'toTime'>[]>;

export interface CollectorOptions {
  readonly sources: readonly CollectorSource[];
  readonly sink: SampleSink;
  readonly conditionSink: ConditionSink;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** Longest time a sample waits in memory before it is given to the sink. */
  readonly commitIntervalMs: number;
  /** Every driver gets this folder for what it must keep. */
  readonly dataFolder: string;
  /** Samples held in memory while the sink refuses them; beyond it the oldest leave and a gap record names them. 200,000 unless told. */
  readonly pendingSamplesMax?: number;
}

export interface GroupStats {
  readonly intervalMs: number;
  readonly tags: number;
  readonly pollsTotal: number;
  /** Slots of the grid that passed while the previous poll was still running. */
  readonly skippedTotal: number;
  /** Duration of the latest polls (up to 256); null before the first. */
  readonly latencyP50Ms: number | null;
  readonly latencyP99Ms: number | null;
}

export interface SourceStats {
  readonly name: string;
  readonly driver: string;
  readonly state: SourceHealth['state'];
  readonly detail: string;
  readonly tags: number;
  /** How often a connection was made anew after one was lost; absent where the driver does not count. */
  readonly reconnectsTotal?: number | undefined;
  /** Samples due by the configuration; null where the source itself reports what changes. */
  readonly duePerSecond: number | null;
  /** Samples the driver has delivered, before the deadband. */
  readonly samplesTotal: number;
  /** Samples that passed on to the sink. */
  readonly passedTotal: number;
  readonly groups: readonly GroupStats[];
}

export type TagQuality = Quality | 'unknown';

/** Which tags are asked for; whatever is left out does not narrow. */
export interface TagQuery {
  /** Part of the name, in whatever case. */
  readonly search?: string | undefined;
  readonly source?: string | undefined;
  /** `unknown`: no sample has come yet. */
  readonly quality?: TagQuality | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface TagPage {
  /** How many there are, of which `tags` are a part, in the order of the configuration. */
  readonly total: number;
  readonly tags: readonly TagReading[];
}

/** A tag with the last sample that passed on. */
export interface TagReading {
  readonly source: string;
  readonly tag: number;
  readonly name: string;
  /** null where the status is bad, and before the first sample. */
  readonly value: Value;
  /** null before the first sample. */
  readonly status: number | null;
  readonly sourceTime: number | null;
}
