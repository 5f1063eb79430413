import type { ValueType } from '@gongfu/shared/model/value-type';

export type RegisterTable = 'coil' | 'discrete' | 'holding' | 'input';
/** `EFGHABCD` turns round the halves of 64 bits and nothing else. */
export type ByteOrder = 'ABCD' | 'CDAB' | 'BADC' | 'DCBA' | 'EFGHABCD';
/** Binary-coded decimals are known to registers only. */
export type RegisterType = ValueType | 'bcd16' | 'bcd32';
export type PlantValue = number | bigint | boolean | string;

/** A value of the plant and the place where a Modbus client finds it; addresses count from 0. */
export interface RegisterSignal {
  readonly name: string;
  readonly unitId: number;
  readonly table: RegisterTable;
  readonly address: number;
  readonly type: RegisterType;
  readonly byteOrder: ByteOrder;
  /** Bit of a register, 0 = least significant. */
  readonly bit?: number;
  /** Bytes of a string, even; padded with zero bytes. */
  readonly length?: number;
  readonly read: (plantMs: number) => PlantValue;
}

/** Addresses that exist: every one in [first, first + count) may be read, those without a signal as 0. */
export interface RegisterBlock {
  readonly unitId: number;
  readonly table: RegisterTable;
  readonly first: number;
  readonly count: number;
}

/** What the PLC's memory holds; every reading is encoded at the plant time asked for, so it is one consistent snapshot. */
export class RegisterImage {
  readonly #signals: readonly RegisterSignal[];
  readonly #blocks: readonly RegisterBlock[];

  constructor(options: { signals: readonly RegisterSignal[]; blocks: readonly RegisterBlock[] }) {
    this.#signals = options.signals;
    this.#blocks = options.blocks;
  }

  get signals(): readonly RegisterSignal[] {
    return this.#signals;
  }

  hasUnit(unitId: number): boolean {
    return this.#blocks.some((block) => block.unitId === unitId);
  }

  /** Registers as the bytes of an answer; undefined when one of the addresses does not exist. */
  registers(area: RegisterBlock, plantMs: number): Buffer | undefined {
    const block = this.#blockOf(area);
    if (block === undefined) return undefined;
    const bytes = Buffer.alloc(block.count * 2);
    for (const signal of this.#signalsOf(block)) {
      const offset = (signal.address - block.first) * 2;
      if (signal.bit === undefined) encodeValue(signal, signal.read(plantMs)).copy(bytes, offset);
      else if (signal.read(plantMs) === true) {
        bytes.writeUInt16BE(bytes.readUInt16BE(offset) | (1 << signal.bit), offset);
      }
    }
    const start = (area.first - block.first) * 2;
    return bytes.subarray(start, start + area.count * 2);
  }

  /** Coils or discrete inputs packed as in an answer: the first address is the lowest bit of the first byte. */
  bits(area: RegisterBlock, plantMs: number): Buffer | undefined {
    const block = this.#blockOf(area);
    if (block === undefined) return undefined;
    const bytes = Buffer.alloc(Math.ceil(area.count / 8));
    for (const signal of this.#signalsOf(block)) {
      const place = signal.address - area.first;
      if (place < 0 || place >= area.count || signal.read(plantMs) !== true) continue;
      bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (1 << (place & 7));
    }
    return bytes;
  }

  #blockOf({ unitId, table, first, count }: RegisterBlock): RegisterBlock | undefined {
    return this.#blocks.find(
      (block) =>
        block.unitId === unitId &&
        block.table === table &&
        first >= block.first &&
        first + count <= block.first + block.count,
    );
  }

  #signalsOf({ unitId, table, first, count }: RegisterBlock): RegisterSignal[] {
    return this.#signals.filter(
      (signal) =>
        signal.unitId === unitId && signal.table === table && signal.address >= first && signal.address < first + count,
    );
  }
}

/** The bytes of one value as they lie in its registers. */
export function encodeValue(signal: Pick<RegisterSignal, 'type' | 'byteOrder' | 'length'>, value: PlantValue): Buffer {
  if (signal.type === 'string') {
    const text = Buffer.alloc(signal.length ?? 0);
    text.write(String(value), 'utf8');
    return text;
  }
  return inOrder(bigEndian(signal.type, value), signal.byteOrder);
}

function bigEndian(type: RegisterType, value: PlantValue): Buffer {
  const bytes = Buffer.alloc(8);
  switch (type) {
    case 'int16':
      return bytes.subarray(0, bytes.writeInt16BE(Number(value)));
    case 'uint16':
      return bytes.subarray(0, bytes.writeUInt16BE(Number(value)));
    case 'int32':
      return bytes.subarray(0, bytes.writeInt32BE(Number(value)));
    case 'uint32':
      return bytes.subarray(0, bytes.writeUInt32BE(Number(value)));
    case 'bcd16':
      return Buffer.from(String(value).padStart(4, '0').slice(-4), 'hex');
    case 'bcd32':
      return Buffer.from(String(value).padStart(8, '0').slice(-8), 'hex');
    case 'int64':
      return bytes.subarray(0, bytes.writeBigInt64BE(BigInt(value)));
    case 'uint64':
      return bytes.subarray(0, bytes.writeBigUInt64BE(BigInt(value)));
    case 'float32':
      return bytes.subarray(0, bytes.writeFloatBE(Number(value)));
    case 'float64':
      return bytes.subarray(0, bytes.writeDoubleBE(Number(value)));
    default:
      throw new RangeError(`The demonstration PLC has no registers of type ${type}.`);
  }
}

function inOrder(bytes: Buffer, order: ByteOrder): Buffer {
  if (order === 'BADC') return bytes.swap16();
  if (order === 'DCBA') return bytes.reverse();
  if (order === 'EFGHABCD') return Buffer.concat([bytes.subarray(4), bytes.subarray(0, 4)]);
  return order === 'CDAB' ? bytes.reverse().swap16() : bytes;
}
