import { StatusCode } from '@gongfu/shared/model/quality';
import type { ValueType } from '@gongfu/shared/model/value-type';
import { expect } from 'chai';
import fc from 'fast-check';
import { DataType, DataValue, StatusCodes, Variant } from 'node-opcua-client';
import { overflowed, withoutOverflow, writeDataValue } from '#edge/drivers/opcua/decode';
import { sourceTimeOf } from '#edge/drivers/opcua/reported-values';
import { type Recorded, RecordingWriter, tagOf } from './recording.ts';

function decoded(type: ValueType, variant: object, scale = 1, offset = 0): Recorded {
  const writer = new RecordingWriter();
  const value = new DataValue({ value: new Variant(variant as never), statusCode: StatusCodes.Good });
  writeDataValue(writer, tagOf(1, 'i=1', type, { scale, offset }), value, 5);
  expect(writer.samples).to.have.length(1);
  return writer.samples[0]!;
}

/** As the client hands 64-bit integers over. */
function wide(dataType: DataType, value: bigint): object {
  const bits = BigInt.asUintN(64, value);
  return { dataType, arrayType: 0, value: [Number(bits >> 32n), Number(bits & 0xffffffffn)] };
}

const integers: readonly (readonly [ValueType, DataType, number, number])[] = [
  ['int8', DataType.SByte, -128, 127],
  ['uint8', DataType.Byte, 0, 255],
  ['int16', DataType.Int16, -32768, 32767],
  ['uint16', DataType.UInt16, 0, 65535],
  ['int32', DataType.Int32, -2147483648, 2147483647],
  ['uint32', DataType.UInt32, 0, 4294967295],
];

describe('OPC UA decode', () => {
  it('carries every 64-bit integer exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(decoded('int64', wide(DataType.Int64, value)).value).to.equal(value);
        const unsigned = BigInt.asUintN(64, value);
        expect(decoded('uint64', wide(DataType.UInt64, unsigned)).value).to.equal(unsigned);
      }),
    );
  });

  it('converts between integer types only when the value fits', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...integers),
        fc.constantFrom(...integers),
        fc.nat(),
        ([type, , least, most], [, dataType, low, high], seed) => {
          for (const value of [low, high, Math.min(high, Math.max(low, (seed % 100_000) - 50_000))]) {
            const fits = value >= least && value <= most;
            const sample = decoded(type, { dataType, value });
            expect([sample.value, sample.status]).to.deep.equal(fits ? [value, 0] : [null, StatusCode.BadTypeMismatch]);
          }
        },
      ),
    );
  });

  it('never rounds: a number kept is the number sent', () => {
    const types: readonly ValueType[] = ['int8', 'uint16', 'int32', 'uint32', 'float32', 'float64'];
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.double({ noNaN: true, noDefaultInfinity: true }), (type, value) => {
        const sample = decoded(type, { dataType: DataType.Double, value });
        if (sample.value === null) expect(sample.status).to.equal(StatusCode.BadTypeMismatch);
        else expect(sample.value).to.equal(value);
        if (type === 'float64') expect(sample.value).to.equal(value);
      }),
    );
  });

  it('does not put a 64-bit integer beyond 2^53 into a float', () => {
    expect(decoded('float64', wide(DataType.UInt64, 2n ** 53n + 1n)).status).to.equal(StatusCode.BadTypeMismatch);
    expect(decoded('float64', wide(DataType.UInt64, 2n ** 60n)).value).to.equal(2 ** 60);
    expect(decoded('int64', wide(DataType.UInt64, 2n ** 63n)).status).to.equal(StatusCode.BadTypeMismatch);
    expect(decoded('uint64', wide(DataType.Int64, -1n)).status).to.equal(StatusCode.BadTypeMismatch);
  });

  it('scales, and writes bad what is no finite number', () => {
    expect(decoded('int64', wide(DataType.Int64, -5n), 0.5, 1).value).to.equal(-1.5);
    expect(decoded('int16', { dataType: DataType.Int16, value: 215 }, 0.1).value).to.equal(215 * 0.1);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const { status } = decoded('float32', { dataType: DataType.Float, value });
      expect(status).to.equal(StatusCode.BadOutOfRange);
    }
  });

  it('does not mix truth values, numbers and text', () => {
    const values = [
      { dataType: DataType.Boolean, value: true },
      { dataType: DataType.Int32, value: 1 },
      { dataType: DataType.String, value: '1' },
    ];
    const kept = (['bool', 'int32', 'string'] as const).map((type) =>
      values.map((value) => decoded(type, value).value),
    );
    expect(kept).to.deep.equal([
      [true, null, null],
      [null, 1, null],
      [null, null, '1'],
    ]);
  });

  it('knows the overflow mark from the limit bits and removes only it', () => {
    expect(overflowed(0x480)).to.equal(true);
    expect(overflowed(0x400)).to.equal(false);
    expect(overflowed(0x80)).to.equal(false);
    expect(withoutOverflow(0x480)).to.equal(0);
    expect(withoutOverflow(0x40900480)).to.equal(0x40900000);
    expect(withoutOverflow(0x580)).to.equal(0x500);
    expect(withoutOverflow(0x80000480)).to.equal(0x80000000);
  });

  it('takes the source time, else the server time, else what it is given', () => {
    const source = new Date(1_000);
    const server = new Date(2_000);
    const never = new Date('1601-01-01T00:00:00Z');
    expect(sourceTimeOf(new DataValue({ sourceTimestamp: source, serverTimestamp: server }), 3_000)).to.equal(1_000);
    expect(sourceTimeOf(new DataValue({ sourceTimestamp: never, serverTimestamp: server }), 3_000)).to.equal(2_000);
    expect(sourceTimeOf(new DataValue({}), 3_000)).to.equal(3_000);
  });
});
