import { type Area, areas } from '../drivers/modbus/address.ts';
import { type ByteOrder, byteIndexes, registerTypes } from '../drivers/modbus/value-layout.ts';
import type { Hypothesis, Layout } from './layouts.ts';

/** A sentence in both languages. */
export interface BothWords {
  readonly zh: string;
  readonly en: string;
}

const firstDigit: Readonly<Record<Area, string>> = { coil: '0', discrete: '1', input: '3', holding: '4' };

/** `holding:24`, with its bit as `holding:24.3`. */
export function placeText({ area, start, bit }: Layout): string {
  return `${area}:${start}${bit === undefined ? '' : `.${bit}`}`;
}

/** What one-based manuals call it: `400025`. */
export function manualText({ area, start, bit }: Pick<Layout, 'area' | 'start' | 'bit'>): string {
  return `${firstDigit[area]}${String(start + 1).padStart(5, '0')}${bit === undefined ? '' : `.${bit}`}`;
}

/** `float32 CDAB holding:24 × 0.1` */
export function hypothesisText({ layout, scale }: Pick<Hypothesis, 'layout' | 'scale'>): string {
  return [
    layout.type,
    orderText(layout),
    placeText(layout),
    halfText(layout),
    scale === 1 ? '' : `× ${scaleText(scale)}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** As it stands in a configuration; '' where there is no order to speak of. */
export function orderText({ area, type, order, count }: Layout): string {
  if (type === 'bool' || type.endsWith('int8') || areas[area].bits) return '';
  return count > 1 ? order : order === 'ABCD' ? '' : 'BA';
}

function halfText({ byte }: Layout): string {
  return byte ?? '';
}

export function scaleText(scale: number): string {
  return String(Number(scale.toPrecision(6)));
}

/** The keys of the tag as the configuration has them. */
export function tagKeysOf(
  { name, unit }: { name: string; unit: string },
  { layout, scale }: Hypothesis,
): Record<string, unknown> {
  const order = orderText(layout);
  const { area, start, type, bit, byte } = layout;
  return {
    name,
    address: `${area}:${start}`,
    type,
    ...(bit === undefined ? {} : { bit }),
    ...(byte === 'high' ? { byte } : {}),
    ...(order === '' ? {} : { byteOrder: order }),
    ...(scale === 1 ? {} : { scale }),
    ...(unit === '' ? {} : { unit }),
  };
}

/**
 * The keys of a tag as they have to stand in a source of this order: one a tag leaves out is the source's, and what is
 * proposed was found in registers as they are on the wire.
 */
export function keysUnder(sourceOrder: ByteOrder, keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const swapsBytes = byteIndexes({ type: 'uint16' }, sourceOrder)[0] !== 0;
  const area = /^\w+/.exec(String(keys.address))?.[0] as Area;
  const isOpen = swapsBytes && keys.byteOrder === undefined && !areas[area].bits;
  return isOpen ? { ...keys, byteOrder: 'ABCD' } : { ...keys };
}

/** Least and greatest raw value of integers; undefined for the rest. */
export function rawLimits({ type }: Layout): readonly [least: number, greatest: number] | undefined {
  if (type in registerTypes) return type === 'bcd16' ? [0, 9_999] : type === 'bcd32' ? [0, 99_999_999] : undefined;
  const bits = Number(/^u?int(\d+)$/.exec(type)?.[1] ?? Number.NaN);
  if (Number.isNaN(bits)) return undefined;
  return type.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}
