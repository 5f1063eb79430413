import type { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { SourceLoss } from '../model/sample.ts';
import type { ColumnKind, Value, ValueType } from '../model/value-type.ts';
import type { ConditionState } from '../wire/condition.ts';
import type { SourceHealth } from '../wire/handshake.ts';

/** A tag as a driver sees it: what every tag has, and what this driver's tag schema added. */
export interface DriverTag {
  /** The gateway's number for the tag; the driver only passes it on. */
  readonly number: number;
  readonly name: string;
  readonly type: ValueType;
  /** What the source holds, where that is one of the driver's own `types` and `type` is what carries it. */
  readonly sourceType?: string;
  readonly kind: ColumnKind;
  /** Poll period in ms (polled tags). */
  readonly intervalMs: number;
  /** value = raw × scale + offset; 1 and 0 when not configured. */
  readonly scale: number;
  readonly offset: number;
  /** There where the tag may be written; `DriverKind.plan` refuses it where the driver cannot. */
  readonly write?: object | undefined;
}

/** What a tag holds at a moment; `value` is null where the status is bad. */
export interface Reading {
  readonly status: number;
  readonly value: Value;
}

export interface WriteRequest {
  readonly tag: number;
  /** Of the tag's kind, in its unit after scaling. */
  readonly value: NonNullable<Value>;
  /** Tags of this source that are read before, with nothing else between that and the write. */
  readonly guards: readonly number[];
  /** Asked with what the guards are, in the same turn in which the first byte would go; an answer is why it must not. */
  readonly permit: (guards: readonly Reading[]) => string | undefined;
}

/**
 * What became of a write. unsent: no byte of it left, and none ever will; confirmed: the source has taken it, and `held` is what
 * it should now be read as; called: the source has done what was asked, `held` is what the tag is read as where that shows it,
 * and `detail` what it returned; refused: the source said no; unanswered: it may have been done, and is not done again by the driver.
 */
export type WriteAnswer =
  | { readonly outcome: 'unsent'; readonly reason: 'source-down' | 'value-unfit' | 'withheld'; readonly detail: string }
  | { readonly outcome: 'confirmed'; readonly held: NonNullable<Value> }
  | { readonly outcome: 'called'; readonly held: NonNullable<Value>; readonly detail: string }
  | { readonly outcome: 'refused' | 'unanswered'; readonly detail: string };

/**
 * Where a driver puts what it has read. One call is one sample; nothing is allocated for it.
 * `sourceTime` is UTC epoch ms: the source's own stamp, or `DriverContext.midpoint` of request and reply.
 * A value that is not finite, or not of the tag's kind, must be written by `bad`.
 */
export interface SampleWriter {
  number(tag: number, sourceTime: number, status: number, value: number): void;
  /** integer64 and unsigned64 tags. */
  wide(tag: number, sourceTime: number, status: number, value: bigint): void;
  boolean(tag: number, sourceTime: number, status: number, value: boolean): void;
  text(tag: number, sourceTime: number, status: number, value: string): void;
  /** A sample without a value; `status` has bad severity. */
  bad(tag: number, sourceTime: number, status: number): void;
  /** A subscribing source has just proved to be alive: tags it did not report have not changed since; or only that one has not. */
  alive(sourceTime: number, tag?: number): void;
  /** Samples lost before they reached the driver: becomes a gap record. The source's queue overflowed when nothing else is said. */
  lost(fromTime: number, toTime: number, reason?: SourceLoss): void;
}

/** A condition of the driver's source, as it is now. */
export type SourceCondition = Omit<ConditionState, 'kind' | 'source'>;

/**
 * Where a driver puts what its source says of its own conditions (alarms). Kept and delivered in the order told; times are
 * UTC epoch ms of the source. Texts are cut to what travels.
 */
export interface ConditionWriter {
  /** Each time it changes, and after each refresh. */
  condition(state: SourceCondition): void;
  /** From then on nobody hears what becomes of them. */
  unwatched(time: number): void;
  /** All the source has was told, with this `refresh`; what was told before and not again has ended meanwhile. */
  refreshed(time: number, refresh: number): void;
}

/** Tags read together at one period. */
export interface PollGroup<T extends DriverTag = DriverTag> {
  readonly intervalMs: number;
  readonly tags: readonly T[];
}

/** Hears the samples of a tag of any source, as its range has judged them and before they are thinned. Must not throw. */
export interface TagFollower {
  /** `value` is null where the status is bad. */
  sample(sourceTime: number, status: number, value: Value): void;
  /** The source of the tag is alive: it has not changed until then. */
  alive(sourceTime: number): void;
}

export interface FollowedTag {
  readonly kind: ColumnKind;
  /** Poll period, or publishing interval, in ms. */
  readonly intervalMs: number;
}

export interface DriverContext {
  readonly sourceName: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly writer: SampleWriter;
  readonly conditions: ConditionWriter;
  /** Folder of this installation for what a driver must keep (certificates); created before use. */
  readonly dataFolder: string;
  /** Source time of a polled value: the wall-clock middle between two readings of `clock.monotonicMs()`. */
  midpoint(sentMonotonicMs: number, receivedMonotonicMs: number): number;
  /**
   * From now until the driver is stopped; the newest sample there is comes at once.
   * @throws Error where the configuration has no such tag
   */
  follow(source: string, tag: string, follower: TagFollower): FollowedTag;
}

/**
 * A running connection to one source. Construction is inert. `start` returns at once even when the source is absent:
 * connecting, reconnecting with back-off, and telling the truth by bad samples is the driver's duty for its whole life.
 * No method is called after `stop`.
 */
export interface Driver {
  /** Polled groups; empty for a driver that subscribes. The collector calls `poll` for each on its period, never twice at once. */
  readonly groups: readonly PollGroup[];
  start(): Promise<void>;
  /** Writes exactly one sample for every tag of the group, good or bad. Never rejects for a fault of the source. */
  poll(group: PollGroup): Promise<void>;
  stop(): Promise<void>;
  health(): Omit<SourceHealth, 'name' | 'driver'>;
  /** How often a connection was made anew after one was lost; absent where that has no meaning. */
  readonly reconnectsTotal?: number;
  /** Asks the source for one tag, before any poll that waits. No sample is written. Never rejects for a fault of the source. */
  readOne?(tag: number): Promise<Reading>;
  /** Writes one tag once, before any poll that waits. Never rejects for a fault of the source. */
  write?(request: WriteRequest): Promise<WriteAnswer>;
}

/** One line of `gongfu-edge plan`: a request the driver will make and the tags it serves. */
export interface PlanLine {
  readonly intervalMs: number;
  readonly request: string;
  /** How long the line is busy with it, where that can be told. */
  readonly durationMs?: number | undefined;
  readonly tags: readonly { readonly name: string; readonly address: string; readonly type: string }[];
}

/** A tag of the configuration, as other sources may refer to it. */
export interface ConfiguredTag {
  readonly source: string;
  /** Id of the driver of its source. */
  readonly driver: string;
  readonly name: string;
  readonly kind: ColumnKind;
}

/** What a driver's folder shows to the registry: schemas without the protocol client, the client only on `load`. */
export interface DriverKind<S, T> {
  readonly id: string;
  /** True when the source itself reports only changes: the longest silence of every tag is then its heartbeat. */
  subscribes?(source: S): boolean;
  /** True where its drivers have `readOne` and `write`: tags may be written, and be what a write depends on. */
  readonly writes?: boolean;
  /** Keys of a source whose values never leave the gateway, not even as part of a hash. */
  readonly secrets?: readonly string[];
  /** Types a tag of this driver may have beside ours, each with the one that carries its values without loss. */
  readonly types?: Readonly<Record<string, ValueType>>;
  /** Keys of a source beside name, driver, interval, heartbeat, tags. Strict: unknown keys are refused. */
  readonly sourceSchema: z.ZodType<S>;
  /** Keys of a tag beside name, type, unit, description, scale, offset, range, rawRange, deadband, heartbeat, interval. */
  readonly tagSchema: z.ZodType<T>;
  /** Where one entry of the configuration may be an array: its elements, in order; undefined for a single tag. */
  elements?(tag: Omit<DriverTag, 'number'> & T): readonly (Omit<DriverTag, 'number'> & T)[] | undefined;
  /**
   * Reads no socket. What only source and tags together can tell (a width past the end, a bit of a float) is refused here.
   * @throws Problem `tag-unusable` with places relative to the source, as `tags[3].bit`.
   */
  plan(source: S, tags: readonly (DriverTag & T)[]): PlanLine[];
  /**
   * What can be told only when every source of the configuration is known: whether tags that refer to others can.
   * @throws Problem `tag-unusable` with places relative to the source.
   */
  judge?(
    source: { readonly name: string; readonly tags: readonly (Omit<DriverTag, 'number'> & T)[] },
    all: readonly ConfiguredTag[],
  ): void;
  load(): Promise<(context: DriverContext, source: S, tags: readonly (DriverTag & T)[]) => Driver>;
}
