import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { SourceLoss } from '@gongfu/shared/model/sample';
import { columnKindOf, type Value, type ValueType } from '@gongfu/shared/model/value-type';
import type { ConditionWriter, Driver, DriverContext, SampleWriter, SourceCondition } from '@gongfu/shared/sdk/driver';
import { expect } from 'chai';
import { setWarningLogger } from 'node-opcua-client';
import { opcuaSourceSchema } from '#edge/drivers/opcua/config';
import { OpcuaDriver } from '#edge/drivers/opcua/driver';
import type { SubscribedTag } from '#edge/drivers/opcua/plan';

// The client announces a setting of Node at its first load.
setWarningLogger(() => undefined);

export interface Recorded {
  readonly tag: number;
  readonly time: number;
  readonly status: number;
  readonly value: Value;
}

/** Keeps every sample a driver writes. */
export class RecordingWriter implements SampleWriter {
  readonly samples: Recorded[] = [];
  readonly losses: { readonly from: number; readonly to: number; readonly reason?: SourceLoss }[] = [];
  readonly aliveTimes: number[] = [];

  number(tag: number, time: number, status: number, value: number): void {
    this.samples.push({ tag, time, status, value });
  }
  wide(tag: number, time: number, status: number, value: bigint): void {
    this.samples.push({ tag, time, status, value });
  }
  boolean(tag: number, time: number, status: number, value: boolean): void {
    this.samples.push({ tag, time, status, value });
  }
  text(tag: number, time: number, status: number, value: string): void {
    this.samples.push({ tag, time, status, value });
  }
  bad(tag: number, time: number, status: number): void {
    this.samples.push({ tag, time, status, value: null });
  }
  alive(sourceTime: number): void {
    this.aliveTimes.push(sourceTime);
  }
  lost(from: number, to: number, reason?: SourceLoss): void {
    this.losses.push({ from, to, ...(reason && { reason }) });
  }

  of(tag: number): Recorded[] {
    return this.samples.filter((sample) => sample.tag === tag);
  }

  /** What the history would call the present value: the sample with the latest time, the later written on a draw. */
  present(tag: number): Recorded | undefined {
    return this.of(tag).reduce<Recorded | undefined>(
      (latest, sample) => (latest === undefined || sample.time >= latest.time ? sample : latest),
      undefined,
    );
  }
}

/** Keeps whatever a driver says of conditions, in order. */
export class RecordingConditions implements ConditionWriter {
  readonly told: (
    | (SourceCondition & { readonly kind: 'condition' })
    | { readonly kind: 'unwatched'; readonly time: number }
    | { readonly kind: 'refreshed'; readonly time: number; readonly refresh: number }
  )[] = [];

  condition(state: SourceCondition): void {
    this.told.push({ kind: 'condition', ...state });
  }
  unwatched(time: number): void {
    this.told.push({ kind: 'unwatched', time });
  }
  refreshed(time: number, refresh: number): void {
    this.told.push({ kind: 'refreshed', time, refresh });
  }

  get states(): SourceCondition[] {
    return this.told.filter((one) => one.kind === 'condition');
  }
}

export function tagOf(
  number: number,
  nodeId: string,
  type: ValueType,
  more: Partial<SubscribedTag> = {},
): SubscribedTag {
  const { scale = 1, offset = 0 } = more;
  const kind = columnKindOf(type, scale !== 1 || offset !== 0);
  return { number, name: `tag-${number}`, type, kind, intervalMs: 100, scale, offset, nodeId, ...more };
}

export interface Rig {
  readonly driver: Driver;
  readonly writer: RecordingWriter;
  readonly conditions: RecordingConditions;
  readonly folder: string;
  readonly log: string[];
  stop(): Promise<void>;
}

/** A started driver with a recording writer; `stop` removes its folder too. */
export async function startDriver(settings: object, tags: readonly SubscribedTag[], given?: string): Promise<Rig> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'gongfu-opcua-')));
  const writer = new RecordingWriter();
  const conditions = new RecordingConditions();
  const log: string[] = [];
  const note = (fields: object, message: string): void => {
    log.push(`${message} ${JSON.stringify(fields)}`);
  };
  const context: DriverContext = {
    sourceName: 'server',
    clock: systemClock,
    log: { ...silentLogger, error: note, warn: note, info: note },
    random: Math.random,
    writer,
    conditions,
    dataFolder: folder,
    midpoint: () => systemClock.now(),
    follow: () => expect.fail('no tag of another source'),
  };
  const driver = new OpcuaDriver({ context, source: opcuaSourceSchema.parse(settings), tags, retryRefusedMs: 500 });
  await driver.start();
  const stop = async (): Promise<void> => {
    await driver.stop();
    if (given === undefined) await rm(folder, { recursive: true, force: true });
  };
  return { driver, writer, conditions, folder, log, stop };
}

/** Waits until `holds`; what it waited for stands in the error. */
export async function until(what: string, holds: () => boolean, withinMs = 15_000): Promise<void> {
  const deadline = systemClock.monotonicMs() + withinMs;
  while (!holds()) {
    if (systemClock.monotonicMs() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await wait(20);
  }
}
