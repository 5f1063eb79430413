import { StatusCode } from '@gongfu/shared/model/quality';
import type { ValueType } from '@gongfu/shared/model/value-type';
import { expect } from 'chai';
import fc from 'fast-check';
import { byteOrders } from '#edge/drivers/modbus/config';
import { compileDecoders } from '#edge/drivers/modbus/decode';
import { planGroups } from '#edge/drivers/modbus/plan';
import { RecordingWriter, sourceOf, type TagText, tagOf } from './fixtures.ts';

/** Decodes the one tag from a reply that begins at its own address. */
function decodeOne(text: TagText, hex: string, source: object = {}) {
  const settings = sourceOf(source);
  const [group] = planGroups(settings, [tagOf(text)]);
  const request = group!.requests[0]!;
  const writer = new RecordingWriter();
  const reply = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  for (const decode of compileDecoders(request, settings.byteOrder)) decode(reply, writer, 1234);
  expect(writer.samples).to.have.lengthOf(1);
  return writer.samples[0]!;
}

type Row = [type: ValueType, order: string, hex: string, value: number | bigint];
// Written by hand from the definition of the four orders, not produced by any of our code.
const table: Row[] = [
  ['int16', 'ABCD', 'FFFE', -2],
  ['int16', 'CDAB', 'FFFE', -2],
  ['int16', 'BADC', 'FEFF', -2],
  ['int16', 'DCBA', 'FEFF', -2],
  ['uint16', 'ABCD', '1234', 0x1234],
  ['uint16', 'CDAB', '1234', 0x1234],
  ['uint16', 'BADC', '3412', 0x1234],
  ['uint16', 'DCBA', '3412', 0x1234],
  ['uint16', 'BA', '3412', 0x1234],
  ['uint16', 'AB', '1234', 0x1234],
  ['int8', 'ABCD', '1280', -128],
  ['int8', 'BADC', '8012', -128],
  ['uint8', 'ABCD', '12FF', 255],
  ['uint8', 'DCBA', 'FF12', 255],
  ['int32', 'ABCD', '89ABCDEF', -0x76543211],
  ['int32', 'CDAB', 'CDEF89AB', -0x76543211],
  ['int32', 'BADC', 'AB89EFCD', -0x76543211],
  ['int32', 'DCBA', 'EFCDAB89', -0x76543211],
  ['uint32', 'ABCD', '89ABCDEF', 0x89abcdef],
  ['uint32', 'CDAB', 'CDEF89AB', 0x89abcdef],
  ['uint32', 'BADC', 'AB89EFCD', 0x89abcdef],
  ['uint32', 'DCBA', 'EFCDAB89', 0x89abcdef],
  ['float32', 'ABCD', '42F6E979', Math.fround(123.456)],
  ['float32', 'CDAB', 'E97942F6', Math.fround(123.456)],
  ['float32', 'BADC', 'F64279E9', Math.fround(123.456)],
  ['float32', 'DCBA', '79E9F642', Math.fround(123.456)],
  ['float64', 'ABCD', '400921FB54442D18', Math.PI],
  ['float64', 'CDAB', '2D18544421FB4009', Math.PI],
  ['float64', 'BADC', '0940FB214454182D', Math.PI],
  ['float64', 'DCBA', '182D4454FB210940', Math.PI],
  ['int64', 'ABCD', '8000000000000001', -9223372036854775807n],
  ['int64', 'CDAB', '0001000000008000', -9223372036854775807n],
  ['int64', 'BADC', '0080000000000100', -9223372036854775807n],
  ['int64', 'DCBA', '0100000000000080', -9223372036854775807n],
  ['uint64', 'ABCD', '0123456789ABCDEF', 0x0123456789abcdefn],
  ['uint64', 'CDAB', 'CDEF89AB45670123', 0x0123456789abcdefn],
  ['uint64', 'BADC', '23016745AB89EFCD', 0x0123456789abcdefn],
  ['uint64', 'DCBA', 'EFCDAB8967452301', 0x0123456789abcdefn],
  ['uint64', 'ABCD', 'FFFFFFFFFFFFFFFF', 18446744073709551615n],
];

describe('Modbus decode', () => {
  for (const area of ['holding', 'input']) {
    for (const [type, byteOrder, hex, value] of table) {
      it(`${area} ${type} ${byteOrder} ${hex} is ${value}`, () => {
        const sample = decodeOne({ address: `${area}:7`, type, byteOrder, number: 9 }, hex);
        const call = typeof value === 'bigint' ? 'wide' : 'number';
        expect(sample).to.deep.equal({ call, tag: 9, time: 1234, status: StatusCode.Good, value });
      });
    }
  }

  it('takes the byte order of the source where the tag says nothing', () => {
    expect(decodeOne({ address: 'holding:0', type: 'uint32' }, 'CDEF89AB', { byteOrder: 'CDAB' }).value).to.equal(
      0x89abcdef,
    );
  });

  for (let bit = 0; bit < 16; bit += 1) {
    it(`bit ${bit} of a register, in both byte orders`, () => {
      const word = (1 << bit).toString(16).padStart(4, '0');
      const swapped = word.slice(2) + word.slice(0, 2);
      const others = (0xffff & ~(1 << bit)).toString(16).padStart(4, '0');
      expect(decodeOne({ address: 'holding:0', type: 'bool', bit }, word).value).to.equal(true);
      expect(decodeOne({ address: 'holding:0', type: 'bool', bit }, others).value).to.equal(false);
      expect(decodeOne({ address: 'input:0', type: 'bool', bit, byteOrder: 'BADC' }, swapped).value).to.equal(true);
    });
  }

  it('a register without a bit is true when it is not zero', () => {
    expect(decodeOne({ address: 'holding:0', type: 'bool' }, '0000').value).to.equal(false);
    expect(decodeOne({ address: 'holding:0', type: 'bool' }, '0100').value).to.equal(true);
  });

  it('coils and discrete inputs are counted from the lowest bit of the first byte', () => {
    const settings = sourceOf();
    for (const area of ['coil', 'discrete']) {
      const tags = Array.from({ length: 11 }, (_, i) =>
        tagOf({ address: `${area}:${100 + i}`, type: 'bool', number: i }),
      );
      const request = planGroups(settings, tags)[0]!.requests[0]!;
      const writer = new RecordingWriter();
      const reply = Buffer.from([0b0000_0101, 0b0000_0100]);
      for (const decode of compileDecoders(request, 'ABCD')) decode(reply, writer, 0);
      expect(writer.samples.filter(({ value }) => value === true).map(({ tag }) => tag)).to.deep.equal([0, 2, 10]);
    }
  });

  it('strings end at NUL, keep their spaces, and may have an odd length', () => {
    const text = (length: number, hex: string, byteOrder = 'ABCD') =>
      decodeOne({ address: 'holding:0', type: 'string', length, byteOrder }, hex).value;
    expect(text(4, '41420043')).to.equal('AB');
    expect(text(4, '41204220')).to.equal('A B ');
    expect(text(3, '41424344')).to.equal('ABC');
    expect(text(4, '42414443', 'BADC')).to.equal('ABCD');
    expect(text(4, '41424344', 'CDAB')).to.equal('ABCD');
    expect(text(6, 'E5B7A5E8B58B')).to.equal('工赋');
    expect(text(2, '0000')).to.equal('');
  });

  it('scales: integers become numbers, 64-bit ones too', () => {
    expect(decodeOne({ address: 'holding:0', type: 'int16', scale: 0.1, offset: -40 }, '0064').value).to.equal(
      100 * 0.1 - 40,
    );
    const wide = decodeOne({ address: 'holding:0', type: 'uint64', scale: 0.5 }, '0000000000000003');
    expect(wide).to.include({ call: 'number', value: 1.5 });
  });

  it('what is not finite is a bad sample, never a number', () => {
    const bad = { call: 'bad', status: StatusCode.BadOutOfRange, value: null };
    expect(decodeOne({ address: 'holding:0', type: 'float32' }, '7FC00000')).to.include(bad);
    expect(decodeOne({ address: 'holding:0', type: 'float32' }, 'FF800000')).to.include(bad);
    expect(decodeOne({ address: 'holding:0', type: 'float64', scale: 10 }, '7FEFFFFFFFFFFFFF')).to.include(bad);
  });

  it('keeps the sign of zero', () => {
    expect(Object.is(decodeOne({ address: 'holding:0', type: 'float32' }, '80000000').value, -0)).to.equal(true);
  });

  it('gives back what an independent encoder wrote, for every type and order at any place of a request', () => {
    const numbers: Record<string, fc.Arbitrary<number | bigint>> = {
      int16: fc.integer({ min: -32768, max: 32767 }),
      uint16: fc.integer({ min: 0, max: 65535 }),
      int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
      float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
    };
    const valueOfType = fc
      .constantFrom(...Object.keys(numbers))
      .chain((type) => fc.record({ type: fc.constant(type as ValueType), value: numbers[type]! }));
    const item = fc.record({ typed: valueOfType, order: fc.constantFrom(...byteOrders), hole: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 12 }), (items) => {
        let register = 5;
        const image = Buffer.alloc(200);
        const tags = items.map(({ typed, order, hole }, number) => {
          register += hole;
          const words = encodeWords(typed.type, typed.value, order);
          const address = register;
          for (const word of words) image.writeUInt16BE(word, 2 * register++);
          return tagOf({ number, type: typed.type, address: `holding:${address}`, byteOrder: order });
        });
        const writer = new RecordingWriter();
        for (const request of planGroups(sourceOf(), tags)[0]!.requests) {
          const reply = image.subarray(request.start * 2, (request.start + request.count) * 2);
          for (const decode of compileDecoders(request, 'ABCD')) decode(reply, writer, 0);
        }
        const values = writer.samples.sort((a, b) => a.tag - b.tag).map(({ value }) => value);
        expect(values).to.have.lengthOf(items.length);
        items.forEach(({ typed }, i) => {
          expect(Object.is(values[i], typed.value), `${typed.type} ${typed.value} came as ${values[i]}`).to.equal(true);
        });
      }),
    );
  });
});

/** The registers of a value: big-endian words first, then turned as the order says. Shares nothing with the decoder. */
function encodeWords(type: string, value: number | bigint, order: string): number[] {
  const view = new DataView(new ArrayBuffer(8));
  const write: Record<string, () => void> = {
    int16: () => view.setInt16(0, Number(value)),
    uint16: () => view.setUint16(0, Number(value)),
    int32: () => view.setInt32(0, Number(value)),
    uint32: () => view.setUint32(0, Number(value)),
    float32: () => view.setFloat32(0, Number(value)),
    float64: () => view.setFloat64(0, Number(value)),
    int64: () => view.setBigInt64(0, BigInt(value)),
    uint64: () => view.setBigUint64(0, BigInt(value)),
  };
  write[type]!();
  const size = Number(/\d+/.exec(type)![0]) / 8;
  const words = Array.from({ length: size / 2 }, (_, i) => view.getUint16(i * 2));
  const turned = order === 'CDAB' || order === 'DCBA' ? words.reverse() : words;
  const swap = (word: number) => ((word & 0xff) << 8) | (word >> 8);
  return order === 'BADC' || order === 'DCBA' ? turned.map(swap) : turned;
}
