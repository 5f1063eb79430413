import { columnKindOf, type ValueType } from '@gongfu/shared/model/value-type';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import { type ModbusSource, modbusSourceSchema, modbusTagSchema } from '#edge/drivers/modbus/config';
import { compileDecoders } from '#edge/drivers/modbus/decode';
import { type PlannedTag, planGroups } from '#edge/drivers/modbus/plan';
import { type ByteOrder, type HeldType, registerTypes } from '#edge/drivers/modbus/value-layout';

export interface TagText {
  readonly address: string;
  /** One of ours, or of those only registers have. */
  readonly type: HeldType;
  readonly number?: number;
  readonly name?: string;
  readonly intervalMs?: number;
  readonly scale?: number;
  readonly offset?: number;
  readonly bit?: number;
  readonly length?: number;
  readonly unitId?: number;
  readonly byteOrder?: string;
  readonly byte?: 'high' | 'low';
  readonly encoding?: string;
}

/** A tag as the configuration would give it to the driver. */
export function tagOf(text: TagText): PlannedTag {
  const { number = 1, name = `tag-${number}`, type, intervalMs = 1000, scale = 1, offset = 0, ...keys } = text;
  const own = type in registerTypes ? registerTypes[type as keyof typeof registerTypes] : undefined;
  const typed = own === undefined ? { type: type as ValueType } : { type: own, sourceType: type };
  const kind = columnKindOf(typed.type, scale !== 1 || offset !== 0);
  return { number, name, ...typed, kind, intervalMs, scale, offset, ...modbusTagSchema.parse(keys) };
}

export function sourceOf(keys: object = {}): ModbusSource {
  return modbusSourceSchema.parse({ host: '127.0.0.1', ...keys });
}

export interface WrittenSample {
  readonly call: 'number' | 'wide' | 'boolean' | 'text' | 'bad';
  readonly tag: number;
  readonly time: number;
  readonly status: number;
  readonly value: number | bigint | boolean | string | null;
}

/** Keeps what is written, call for call. */
export class RecordingWriter implements SampleWriter {
  samples: WrittenSample[] = [];

  number(tag: number, time: number, status: number, value: number): void {
    this.samples.push({ call: 'number', tag, time, status, value });
  }

  wide(tag: number, time: number, status: number, value: bigint): void {
    this.samples.push({ call: 'wide', tag, time, status, value });
  }

  boolean(tag: number, time: number, status: number, value: boolean): void {
    this.samples.push({ call: 'boolean', tag, time, status, value });
  }

  text(tag: number, time: number, status: number, value: string): void {
    this.samples.push({ call: 'text', tag, time, status, value });
  }

  bad(tag: number, time: number, status: number): void {
    this.samples.push({ call: 'bad', tag, time, status, value: null });
  }

  alive(): void {}

  lost(): void {}

  take(): WrittenSample[] {
    const { samples } = this;
    this.samples = [];
    return samples;
  }
}

/** The samples of tags in holding or input registers, out of an image that begins at register `from`; `order` is the source's. */
export function decodeImage(
  tags: readonly PlannedTag[],
  image: Buffer,
  from: number,
  order: ByteOrder = 'ABCD',
): WrittenSample[] {
  const writer = new RecordingWriter();
  for (const { requests } of planGroups(sourceOf(), tags)) {
    for (const request of requests) {
      // A copy of just the request's bytes: what a reply holds.
      const reply = Uint8Array.from(
        image.subarray((request.start - from) * 2, (request.start + request.count - from) * 2),
      );
      for (const decode of compileDecoders(request, order)) decode(reply, writer, 1234);
    }
  }
  return writer.samples.sort((a, b) => a.tag - b.tag);
}
