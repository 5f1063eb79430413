import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type protobuf from 'protobufjs';
import { PayloadType, type WireMetric, type WirePayload } from './payload-schema.ts';

/** One metric as it stands in a message: a birth gives name, alias and type, later messages the alias alone. */
export interface Metric {
  readonly name?: string | undefined;
  /** Decimal text of the 64-bit number. */
  readonly alias?: string | undefined;
  /** UTC epoch ms. */
  readonly time?: number | undefined;
  readonly datatype?: number | undefined;
  readonly isHistorical: boolean;
  readonly isTransient: boolean;
  readonly isNull: boolean;
  /** As carried: 64-bit integers are bigint, still without their sign. Undefined where there is none or one we do not read. */
  readonly carried?: number | bigint | boolean | string | undefined;
  /** Property `engUnit`, as Ignition writes it. */
  readonly unit?: string | undefined;
  /** Property `Quality`: 192 good, 0 bad, 500 stale. */
  readonly quality?: number | undefined;
}

export interface Payload {
  readonly time?: number | undefined;
  /** 0–255; undefined in a death of a node. */
  readonly sequence?: number | undefined;
  readonly metrics: readonly Metric[];
}

export const metricsPerPayloadMax = 100_000;

/** @throws Problem `sparkplug-undecodable` */
export function decodePayload(bytes: Uint8Array): Payload {
  try {
    const wire = PayloadType.toObject(PayloadType.decode(bytes), { longs: String, arrays: true }) as WirePayload;
    if (wire.metrics.length > metricsPerPayloadMax) {
      throw new RangeError(`${wire.metrics.length} metrics, at most ${metricsPerPayloadMax}`);
    }
    const sequence = wholeOf(wire.sequence, 'seq');
    if (sequence !== undefined && sequence > 255) throw new RangeError(`seq ${sequence}, allowed is 0 to 255`);
    return { time: wholeOf(wire.time, 'timestamp'), sequence, metrics: wire.metrics.map(metricOf) };
  } catch (error) {
    throw new Problem({
      code: 'sparkplug-undecodable',
      detail: `Sparkplug payload of ${bytes.length} bytes cannot be read: ${messageOf(error)}`,
      advice: 'Check that the publisher sends Sparkplug B payloads, not JSON or Sparkplug A, below spBv1.0/.',
      reaction: 'drop',
      status: 400,
      cause: error,
    });
  }
}

function metricOf(wire: WireMetric): Metric {
  const { name, alias, datatype, properties } = wire;
  const property = (key: string) => properties?.values[properties.keys.indexOf(key)];
  const quality = property('Quality');
  return {
    name,
    alias,
    time: wholeOf(wire.time, 'timestamp of a metric'),
    datatype,
    isHistorical: wire.isHistorical ?? false,
    isTransient: wire.isTransient ?? false,
    isNull: wire.isNull ?? false,
    carried:
      wire.intValue ??
      (wire.longValue === undefined ? undefined : BigInt(wire.longValue)) ??
      wire.floatValue ??
      wire.doubleValue ??
      wire.booleanValue ??
      wire.stringValue,
    unit: property('engUnit')?.stringValue,
    quality: quality?.intValue ?? wholeOf(quality?.longValue, 'Quality'),
  };
}

function wholeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${name} ${text} is out of range`);
  return value;
}

/** A metric of our own making; `value` must fit `datatype`. */
export interface OwnMetric {
  readonly name?: string;
  readonly alias?: number;
  readonly time: number;
  readonly datatype: number;
  readonly isHistorical?: boolean;
  readonly unit?: string;
  /** 192 good, 0 bad, 500 stale; 192 is not written. */
  readonly quality?: number | undefined;
  /** Null: present, and without a value. */
  readonly value: number | bigint | boolean | string | null;
  readonly carrier: 'intValue' | 'longValue' | 'floatValue' | 'doubleValue' | 'booleanValue' | 'stringValue';
}

export function encodePayload(payload: { time: number; sequence?: number; metrics: readonly OwnMetric[] }): Uint8Array {
  const { metrics, ...rest } = payload;
  const message = PayloadType.fromObject({ ...rest, metrics: metrics.map(wireOf) });
  return PayloadType.encode(message as protobuf.Message).finish();
}

function wireOf({ value, carrier, unit, quality, ...metric }: OwnMetric): object {
  const properties = [
    ...(unit ? [{ key: 'engUnit', value: { type: 12, stringValue: unit } }] : []),
    ...(quality === undefined || quality === 192 ? [] : [{ key: 'Quality', value: { type: 3, intValue: quality } }]),
  ];
  const described =
    properties.length === 0
      ? metric
      : {
          ...metric,
          properties: { keys: properties.map(({ key }) => key), values: properties.map((property) => property.value) },
        };
  if (value === null) return { ...described, isNull: true };
  const carried = typeof value === 'bigint' ? BigInt.asUintN(64, value).toString() : value;
  return {
    ...described,
    [carrier]: typeof carried === 'number' && carrier === 'intValue' ? carried >>> 0 : carried,
  };
}
