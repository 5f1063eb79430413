import { isUtf8 } from 'node:buffer';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { nameFault } from '@gongfu/shared/model/name-text';
import { fieldCount } from '@gongfu/shared/wire/field-count';
import type protobuf from 'protobufjs';
import {
  PayloadType,
  PropertySetType,
  type Wide,
  type WireMetric,
  type WirePayload,
  type WirePropertySet,
} from './payload-schema.ts';

/** One metric as it stands in a message: a birth gives name, alias and type, later messages the alias alone. */
export interface Metric {
  /** Why it can say nothing; undefined where it can. */
  readonly fault?: string | undefined;
  readonly name?: string | undefined;
  /** Decimal text of the 64-bit number. */
  readonly alias?: string | undefined;
  /** UTC epoch ms; any number. */
  readonly time?: number | undefined;
  readonly datatype?: number | undefined;
  readonly isHistorical: boolean;
  readonly isTransient: boolean;
  readonly isNull: boolean;
  /** As carried: 64-bit integers are bigint, still without their sign. Undefined where there is none or one we do not read. */
  readonly carried?: number | bigint | boolean | string | undefined;
  /** Property `engUnit`, as Ignition writes it; '' where it is no unit. */
  readonly unit?: string | undefined;
  /** Property `Quality`: 192 good, 0 bad, 500 stale. */
  readonly quality?: number | undefined;
}

export interface Payload {
  /** UTC epoch ms; any number. */
  readonly time?: number | undefined;
  /** 0–255; undefined in a death of a node. */
  readonly sequence?: number | undefined;
  readonly metrics: readonly Metric[];
}

export const metricsPerPayloadMax = 100_000;
const propertiesMax = 200;
const unitLengthMax = 50;

/** @throws Problem `sparkplug-undecodable` */
export function decodePayload(bytes: Uint8Array): Payload {
  try {
    const count = fieldCount(bytes, PayloadType.fields.metrics!.id);
    if (count > metricsPerPayloadMax) throw new RangeError(`${count} metrics, at most ${metricsPerPayloadMax}`);
    const decoded = PayloadType.decode(bytes) as unknown as WirePayload;
    const wire = { ...decoded };
    const sequence = wideNumber(wire.sequence);
    if (sequence !== undefined && sequence > 255) throw new RangeError(`seq ${sequence}, allowed is 0 to 255`);
    return { time: wideNumber(wire.time), sequence, metrics: decoded.metrics.map((metric) => metricOf({ ...metric })) };
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
  const { datatype } = wire;
  const alias = wire.alias === undefined ? undefined : String(wideInteger(wire.alias));
  const [name, text] = [textOf(wire.name), textOf(wire.stringValue)];
  const properties = propertiesOf(wire.properties);
  const shown = name?.slice(0, 80) || (alias === undefined ? 'a metric' : `alias ${alias}`);
  return {
    fault: faultOf(wire, { shown, name, text, properties }),
    name,
    alias,
    time: wideNumber(wire.time),
    datatype,
    isHistorical: wire.isHistorical ?? false,
    isTransient: wire.isTransient ?? false,
    isNull: wire.isNull ?? false,
    carried:
      wire.intValue ??
      (wire.longValue === undefined ? undefined : BigInt(wideInteger(wire.longValue))) ??
      wire.floatValue ??
      wire.doubleValue ??
      wire.booleanValue ??
      text,
    ...properties,
  };
}

function faultOf(
  wire: WireMetric,
  read: { shown: string; name: string | undefined; text: string | undefined; properties: object | undefined },
): string | undefined {
  const { shown, name, text, properties } = read;
  if (wire.name !== undefined && name === undefined) return `${shown}: the name is not UTF-8`;
  const wrong = name === undefined || name === '' ? undefined : nameFault(name);
  if (wrong !== undefined) return `${shown}: the name ${wrong}`;
  if (wire.stringValue !== undefined && text === undefined) return `${shown}: the text is not UTF-8`;
  return properties === undefined ? `${shown}: its properties cannot be read` : undefined;
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined || !isUtf8(bytes)) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

/** Undefined where they cannot be read. */
function propertiesOf(bytes: Uint8Array | undefined): Pick<Metric, 'unit' | 'quality'> | undefined {
  if (bytes === undefined) return {};
  try {
    const { keys, values } = PropertySetType.fields;
    if ([keys!, values!].some(({ id }) => fieldCount(bytes, id) > propertiesMax)) return undefined;
    const set = PropertySetType.toObject(PropertySetType.decode(bytes), {
      longs: String,
      arrays: true,
    }) as WirePropertySet;
    const property = (key: string) => set.values[set.keys.indexOf(key)];
    const unit = property('engUnit')?.stringValue ?? '';
    const quality = property('Quality');
    return {
      unit: unit.length <= unitLengthMax && (unit === '' || nameFault(unit) === undefined) ? unit : '',
      quality: quality?.intValue ?? numberOf(quality?.longValue),
    };
  } catch {
    return undefined;
  }
}

/** Unsigned; exact, so a bigint where a number would lose digits. */
function wideInteger({ low, high }: Wide): number | bigint {
  if (high >>> 0 < 2 ** 21) return (high >>> 0) * 2 ** 32 + (low >>> 0);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** Unsigned. Beyond 2^53 it loses digits, and is out of every range it is held against. */
function wideNumber(wide: Wide | undefined): number | undefined {
  return wide === undefined ? undefined : (wide.high >>> 0) * 2 ** 32 + (wide.low >>> 0);
}

/** Beyond 2^53 it loses digits, and is out of every range it is held against. */
function numberOf(decimal: string | undefined): number | undefined {
  return decimal === undefined ? undefined : Number(decimal);
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

function wireOf({ name, value, carrier, unit, quality, ...metric }: OwnMetric): object {
  const properties = [
    ...(unit ? [{ key: 'engUnit', value: { type: 12, stringValue: unit } }] : []),
    ...(quality === undefined || quality === 192 ? [] : [{ key: 'Quality', value: { type: 3, intValue: quality } }]),
  ];
  const described = {
    ...metric,
    ...(name === undefined ? {} : { name: Buffer.from(name) }),
    ...(properties.length === 0 ? {} : { properties: propertyBytes(properties) }),
  };
  if (value === null) return { ...described, isNull: true };
  if (carrier === 'stringValue') return { ...described, [carrier]: Buffer.from(String(value)) };
  const carried = typeof value === 'bigint' ? BigInt.asUintN(64, value).toString() : value;
  return {
    ...described,
    [carrier]: typeof carried === 'number' && carrier === 'intValue' ? carried >>> 0 : carried,
  };
}

function propertyBytes(properties: readonly { key: string; value: object }[]): Uint8Array {
  const set = { keys: properties.map(({ key }) => key), values: properties.map(({ value }) => value) };
  return PropertySetType.encode(PropertySetType.fromObject(set)).finish();
}
