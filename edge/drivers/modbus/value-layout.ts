import type { ValueType } from '@gongfu/shared/model/value-type';
import type { ByteOrder } from './config.ts';

const bytesOfType = {
  bool: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
} as const satisfies Record<Exclude<ValueType, 'string'>, number>;

/** Bytes of the value itself; a bool in a register is tested in its whole word. */
export function bytesOf(type: ValueType, lengthBytes: number): number {
  return type === 'string' ? lengthBytes : bytesOfType[type];
}

export function registersOf(type: ValueType, lengthBytes: number): number {
  return Math.ceil(bytesOf(type, lengthBytes) / 2);
}

/**
 * Where each byte of a value, most significant first, lies relative to its first register. Registers are big-endian
 * pairs on the wire; `CDAB` turns the registers of the value round, `BADC` the bytes in each register, `DCBA` both.
 * A string keeps its registers in order, only its bytes may be swapped; an 8-bit value is the low byte of its word.
 */
export function byteIndexes(type: ValueType, lengthBytes: number, order: ByteOrder): Uint8Array {
  const registers = registersOf(type, lengthBytes);
  const swapBytes = order === 'BADC' || order === 'DCBA';
  const swapRegisters = type !== 'string' && (order === 'CDAB' || order === 'DCBA');
  const indexes = Uint8Array.from({ length: registers * 2 }, (_, i) => {
    const register = swapRegisters ? registers - 1 - (i >> 1) : i >> 1;
    return register * 2 + (swapBytes ? 1 - (i & 1) : i & 1);
  });
  return type === 'string' ? indexes.subarray(0, lengthBytes) : indexes.subarray(indexes.length - bytesOf(type, 0));
}
