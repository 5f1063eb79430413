import type { ValueType } from '@gongfu/shared/model/value-type';

/** Types only registers have, each with the type that carries its values without loss. */
export const registerTypes = { float16: 'float32', bcd16: 'uint16', bcd32: 'uint32' } as const satisfies Record<
  string,
  ValueType
>;

/** What lies in the registers. */
export type HeldType = ValueType | keyof typeof registerTypes;

/** What the layout of a value hangs on; `sourceType` where it is none of ours. */
export interface HeldValue {
  readonly type: ValueType;
  readonly sourceType?: string | undefined;
  /** Bytes of a string. */
  readonly length?: number | undefined;
  /** Which half of its register an 8-bit value is; the low one unless told. */
  readonly byte?: 'high' | 'low' | undefined;
}

/**
 * Each order as a mask: byte i of a value, counted from the most significant, lies at place i XOR mask on the wire.
 * 1 swaps the bytes of each register, 2 the registers of each pair, 4 the pairs; a short value has only the low bits of it.
 * An order of four letters goes on by the same rule in 64 bits, where the registers are turned round as a whole.
 */
const masks = {
  ABCD: 0,
  BADC: 1,
  CDAB: 6,
  DCBA: 7,
  ABCDEFGH: 0,
  BADCFEHG: 1,
  CDABGHEF: 2,
  DCBAHGFE: 3,
  EFGHABCD: 4,
  FEHGBADC: 5,
  GHEFCDAB: 6,
  HGFEDCBA: 7,
} as const;
export type ByteOrder = keyof typeof masks;
export const byteOrders = Object.keys(masks) as readonly ByteOrder[];

const bytesOfType = {
  bool: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  float16: 2,
  bcd16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  bcd32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
} as const satisfies Record<Exclude<HeldType, 'string'>, number>;

export function heldTypeOf({ type, sourceType }: HeldValue): HeldType {
  return (sourceType as HeldType | undefined) ?? type;
}

/** Bytes of the value itself; a bool in a register is tested in its whole word. */
export function bytesOf(value: HeldValue): number {
  const type = heldTypeOf(value);
  return type === 'string' ? (value.length ?? 0) : bytesOfType[type];
}

export function registersOf(value: HeldValue): number {
  return Math.ceil(bytesOf(value) / 2);
}

/**
 * Where each byte of a value, most significant first, lies relative to its first register; registers are big-endian pairs
 * on the wire. A string keeps its registers in order, only its bytes may be swapped.
 */
export function byteIndexes(value: HeldValue, order: ByteOrder): Uint8Array {
  const bytes = bytesOf(value);
  const mask = masks[order] & (heldTypeOf(value) === 'string' ? 1 : Math.max(bytes, 2) - 1);
  const first = bytes === 1 && value.byte !== 'high' ? 1 : 0;
  return Uint8Array.from({ length: bytes }, (_, i) => (first + i) ^ mask);
}
