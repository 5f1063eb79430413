import { columnKindOf, type ValueType } from '@gongfu/shared/model/value-type';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import { type ModbusSource, modbusSourceSchema, modbusTagSchema } from '#edge/drivers/modbus/config';
import type { PlannedTag } from '#edge/drivers/modbus/plan';

export interface TagText {
  readonly address: string;
  readonly type: ValueType;
  readonly number?: number;
  readonly name?: string;
  readonly intervalMs?: number;
  readonly scale?: number;
  readonly offset?: number;
  readonly bit?: number;
  readonly length?: number;
  readonly unitId?: number;
  readonly byteOrder?: string;
}

/** A tag as the configuration would give it to the driver. */
export function tagOf(text: TagText): PlannedTag {
  const { number = 1, name = `tag-${number}`, type, intervalMs = 1000, scale = 1, offset = 0, ...keys } = text;
  const kind = columnKindOf(type, scale !== 1 || offset !== 0);
  return { number, name, type, kind, intervalMs, scale, offset, ...modbusTagSchema.parse(keys) };
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
