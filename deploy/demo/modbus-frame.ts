import type { RegisterImage, RegisterTable } from './register-image.ts';

/** Exceptions of the Modbus application protocol this server gives. */
export const ModbusException = { illegalFunction: 1, illegalAddress: 2, illegalValue: 3, targetAbsent: 11 } as const;

const tables: Readonly<Record<number, RegisterTable>> = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' };
const headerBytes = 7;

/** One request as it came: transaction, unit, and the protocol data unit. */
export interface ModbusRequest {
  readonly transaction: number;
  readonly unitId: number;
  readonly pdu: Buffer;
}

/** Cuts a byte stream into requests; throws RangeError when it is not Modbus TCP, and the connection is then of no more use. */
export class RequestStream {
  #rest = Buffer.alloc(0);

  *take(bytes: Buffer): Generator<ModbusRequest> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= headerBytes) {
      const length = this.#rest.readUInt16BE(4);
      if (this.#rest.readUInt16BE(2) !== 0) throw new RangeError('The protocol identifier is not 0.');
      if (length < 2 || length > 254) throw new RangeError(`A length of ${length} is not possible.`);
      const end = 6 + length;
      if (this.#rest.length < end) return;
      const frame = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      yield {
        transaction: frame.readUInt16BE(0),
        unitId: frame.readUInt8(6),
        pdu: frame.subarray(headerBytes),
      };
    }
  }
}

/** The protocol data unit that answers `request` with the plant as it is at `plantMs`. */
export function answerTo(request: ModbusRequest, image: RegisterImage, plantMs: number): Buffer {
  const { unitId, pdu } = request;
  const code = pdu.readUInt8(0);
  const table = tables[code];
  if (!image.hasUnit(unitId)) return exceptionPdu(code, ModbusException.targetAbsent);
  if (table === undefined) return exceptionPdu(code, ModbusException.illegalFunction);
  if (pdu.length !== 5) return exceptionPdu(code, ModbusException.illegalValue);
  const area = { unitId, table, first: pdu.readUInt16BE(1), count: pdu.readUInt16BE(3) };
  const inBits = table === 'coil' || table === 'discrete';
  if (area.count < 1 || area.count > (inBits ? 2_000 : 125)) return exceptionPdu(code, ModbusException.illegalValue);
  const data = inBits ? image.bits(area, plantMs) : image.registers(area, plantMs);
  if (data === undefined) return exceptionPdu(code, ModbusException.illegalAddress);
  return Buffer.concat([Buffer.of(code, data.length), data]);
}

export function exceptionPdu(functionCode: number, exception: number): Buffer {
  return Buffer.of((functionCode | 0x80) & 0xff, exception);
}

export function frameOf({ transaction, unitId }: ModbusRequest, pdu: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(pdu.length + 1, 4);
  header.writeUInt8(unitId, 6);
  return Buffer.concat([header, pdu]);
}
