import { expect } from 'chai';
import fc from 'fast-check';
import { type EncodedWrite, encodeWrite } from '#edge/drivers/modbus/encode';
import { byteOrders, bytesOf, type HeldType } from '#edge/drivers/modbus/value-layout';
import type { WriteRequest } from '#edge/drivers/modbus/write-request';
import { decodeImage, type TagText, tagOf } from './fixtures.ts';

const settings = { byteOrder: 'ABCD', unitId: 1, multiple: false } as const;

function encoded(text: TagText, value: number | bigint | boolean | string): EncodedWrite {
  const answer = encodeWrite(tagOf(text), value, settings);
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

function refusal(text: TagText, value: number | bigint | boolean | string): string | undefined {
  const answer = encodeWrite(tagOf(text), value, settings);
  return typeof answer === 'string' ? answer : undefined;
}

/** What the source holds after the write. */
function written(before: Buffer, request: WriteRequest): Buffer {
  if (request.functionCode === 6 || request.functionCode === 16) return request.registers;
  if (request.functionCode !== 22) throw new Error('a coil has no registers');
  const after = Buffer.alloc(2);
  after.writeUInt16BE((before.readUInt16BE(0) & request.and) | (request.or & ~request.and & 0xffff));
  return after;
}

const types: readonly (readonly [HeldType, 'high' | 'low' | undefined])[] = [
  ['int8', 'low'],
  ['int8', 'high'],
  ['uint8', 'low'],
  ['uint8', 'high'],
  ['int16', undefined],
  ['uint16', undefined],
  ['float16', undefined],
  ['bcd16', undefined],
  ['int32', undefined],
  ['uint32', undefined],
  ['float32', undefined],
  ['bcd32', undefined],
  ['int64', undefined],
  ['uint64', undefined],
  ['float64', undefined],
];

describe('Modbus encode', () => {
  it('undoes decoding: every type in every order, over whatever lay there before', () => {
    for (const [type, byte] of types) {
      for (const byteOrder of byteOrders.filter((order) => order.length === 4 || /64/.test(type))) {
        const text = { address: 'holding:0', type, byteOrder, ...(byte === undefined ? {} : { byte }) };
        const size = Math.max(2, bytesOf(tagOf(text)));
        const bytes = fc.uint8Array({ minLength: size, maxLength: size });
        fc.assert(
          fc.property(bytes, bytes, (image, before) => {
            const [sample] = decodeImage([tagOf(text)], Buffer.from(image), 0);
            if (sample!.value === null) return;
            const { request, held } = encoded(text, sample!.value);
            expect(Object.is(held, sample!.value)).to.equal(true);
            const after = written(Buffer.from(before), request);
            if (byte === undefined) expect(after).to.deep.equal(Buffer.from(image));
            expect(decodeImage([tagOf(text)], after, 0)[0]!.value).to.equal(sample!.value);
            if (byte === undefined) return;
            // The other half of the register stays as it was.
            const other = [tagOf({ ...text, byte: byte === 'high' ? 'low' : 'high' })];
            const was = decodeImage(other, Buffer.from(before), 0)[0]!.value;
            expect(decodeImage(other, after, 0)[0]!.value).to.equal(was);
          }),
          { numRuns: 30 },
        );
      }
    }
  });

  it('undoes scaling: every raw value comes back from what was read of it', () => {
    const raw = fc.integer({ min: -32_768, max: 32_767 });
    const scale = fc.oneof(
      fc.constantFrom(0.1, 0.01, 1 / 3, 100, -0.5),
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    );
    const offset = fc.oneof(fc.constantFrom(0, -40, 273.15), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(raw, scale, offset, (value, by, from) => {
        // Beyond that the offset swallows the steps, and values that differ are read as the same.
        fc.pre(Math.abs(by) > 1e-6 * Math.max(1, Math.abs(from)));
        const image = Buffer.alloc(2);
        image.writeInt16BE(value);
        const text = { address: 'holding:0', type: 'int16', scale: by, offset: from } as const;
        const read = decodeImage([tagOf(text)], image, 0)[0]!.value as number;
        expect(written(image, encoded(text, read).request)).to.deep.equal(image);
      }),
    );
  });

  it('takes decimals as people write them, and no value between two the source has', () => {
    const text = { address: 'holding:0', type: 'int16', scale: 0.1, offset: -40 } as const;
    expect(encoded(text, 21.3).request).to.deep.include({ functionCode: 6, registers: Buffer.from('0265', 'hex') });
    expect(refusal(text, 21.34)).to.match(/nearest it can be is 21\.3/);
    expect(refusal({ address: 'holding:0', type: 'uint16' }, 1.5)).to.match(/nearest it can be is 2/);
    expect(encoded({ address: 'holding:0', type: 'float32' }, 0.1).held).to.equal(Math.fround(0.1));
  });

  it('refuses what the type cannot hold', () => {
    const bad: [TagText, number | bigint | boolean | string][] = [
      [{ address: 'holding:0', type: 'uint16' }, -1],
      [{ address: 'holding:0', type: 'uint16' }, 65_536],
      [{ address: 'holding:0', type: 'int8' }, 128],
      [{ address: 'holding:0', type: 'int32' }, 2 ** 31],
      [{ address: 'holding:0', type: 'bcd16' }, 10_000],
      [{ address: 'holding:0', type: 'bcd32' }, -1],
      [{ address: 'holding:0', type: 'float32' }, 1e39],
      [{ address: 'holding:0', type: 'float32' }, 1e-44],
      [{ address: 'holding:0', type: 'float32' }, 1e-50],
      [{ address: 'holding:0', type: 'float16' }, 65_520],
      [{ address: 'holding:0', type: 'float64' }, Number.POSITIVE_INFINITY],
      [{ address: 'holding:0', type: 'float64' }, Number.NaN],
      [{ address: 'holding:0', type: 'int64' }, 2n ** 63n],
      [{ address: 'holding:0', type: 'uint64' }, -1n],
      [{ address: 'holding:0', type: 'uint64' }, 1],
      [{ address: 'holding:0', type: 'uint16' }, '1'],
      [{ address: 'holding:0', type: 'uint16' }, true],
      [{ address: 'coil:0', type: 'bool' }, 1],
      [{ address: 'holding:0', type: 'bool', bit: 3 }, 1],
      [{ address: 'holding:0', type: 'string', length: 4 }, 'ABCDE'],
      [{ address: 'holding:0', type: 'string', length: 4 }, '工赋'],
      [{ address: 'holding:0', type: 'string', length: 4 }, 'A\0B'],
      [{ address: 'holding:0', type: 'string', length: 4, encoding: 'ascii' }, 'ä'],
      [{ address: 'holding:0', type: 'string', length: 8, encoding: 'latin1' }, '工'],
      [{ address: 'holding:0', type: 'string', length: 8, encoding: 'gbk' }, '😀'],
      [{ address: 'holding:0', type: 'string', length: 8 }, '\ud800'],
    ];
    for (const [text, value] of bad) expect(refusal(text, value), `${text.type} ${value}`).to.be.a('string');
  });

  it('writes one bit, and leaves the other fifteen alone, in both orders', () => {
    const image = fc.uint8Array({ minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(
        image,
        fc.nat({ max: 15 }),
        fc.boolean(),
        fc.constantFrom('AB', 'BA'),
        (before, bit, on, byteOrder) => {
          const text = { address: 'holding:0', type: 'bool', bit, byteOrder } as const;
          const { request } = encoded(text, on);
          const after = written(Buffer.from(before), request);
          for (let other = 0; other < 16; other += 1) {
            const tag = [tagOf({ ...text, bit: other })];
            const was = decodeImage(tag, Buffer.from(before), 0)[0]!.value;
            expect(decodeImage(tag, after, 0)[0]!.value).to.equal(other === bit ? on : was);
          }
        },
      ),
    );
  });

  it('writes texts in their encoding, filled up with NUL', () => {
    const registers = (text: TagText, value: string) => {
      const { request } = encoded(text, value);
      return request.functionCode === 16 ? request.registers.toString('hex') : request.functionCode;
    };
    expect(registers({ address: 'holding:0', type: 'string', length: 6 }, '工赋')).to.equal('e5b7a5e8b58b');
    expect(registers({ address: 'holding:0', type: 'string', length: 6, encoding: 'gbk' }, '工A')).to.equal(
      'b9a441000000',
    );
    expect(registers({ address: 'holding:0', type: 'string', length: 4, byteOrder: 'BADC' }, 'ABC')).to.equal(
      '42410043',
    );
    expect(registers({ address: 'holding:0', type: 'string', length: 4 }, '')).to.equal('00000000');
    for (const encoding of ['utf-8', 'gb18030', 'gbk']) {
      for (const value of ['配方 7', 'ü', 'Ünïcode'.slice(0, 1), '€']) {
        const text = { address: 'holding:0', type: 'string', length: 12, encoding } as const;
        const answer = encodeWrite(tagOf(text), value, settings);
        if (typeof answer !== 'string') expect(answer.held).to.equal(value);
        else expect(encoding).to.not.equal('utf-8');
      }
    }
  });
});
