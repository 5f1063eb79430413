import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import fc from 'fast-check';
import { compileDecoders } from '#edge/drivers/modbus/decode';
import { planGroups } from '#edge/drivers/modbus/plan';
import type { HeldType } from '#edge/drivers/modbus/value-layout';
import { decodeImage, RecordingWriter, sourceOf, type TagText, tagOf } from './fixtures.ts';

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

describe('Modbus decode', () => {
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

  it('neighbours read alike are decoded as each of them alone, in their order', () => {
    const kinds: readonly Partial<TagText>[] = [
      { type: 'uint16' },
      { type: 'uint16', scale: 0.5 },
      { type: 'uint16', byteOrder: 'BADC' },
      { type: 'float32', byteOrder: 'CDAB' },
      { type: 'int8', byte: 'high' },
      { type: 'bool' },
      { type: 'uint64' },
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 30 }),
        fc.uint8Array({ minLength: 240, maxLength: 240 }),
        (chosen, image) => {
          const tags = chosen.map((kind, i) => tagOf({ ...kind, address: `holding:${i * 4}`, number: i } as TagText));
          const together = decodeImage(tags, Buffer.from(image), 0);
          const alone = tags.flatMap((tag) => decodeImage([tag], Buffer.from(image), 0));
          expect(together).to.deep.equal(alone);
        },
      ),
    );
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

  it('reads binary16 to its ends, and writes bad what is no finite number', () => {
    const half = (hex: string) => decodeOne({ address: 'holding:0', type: 'float16' }, hex);
    expect(half('0001').value).to.equal(2 ** -24);
    expect(half('03ff').value).to.equal(1023 * 2 ** -24);
    expect(half('7bff').value).to.equal(65504);
    expect(half('c248').value).to.equal(-3.140625);
    for (const hex of ['7c00', 'fc00', '7e00', 'fc01']) {
      expect(half(hex), hex).to.include({ call: 'bad', status: StatusCode.BadOutOfRange });
    }
  });

  it('a nibble above nine in a BCD value is an illegal value and never a number', () => {
    const illegal = { call: 'bad', status: StatusCode.BadDecodingError, value: null };
    expect(decodeOne({ address: 'holding:0', type: 'bcd16', scale: 0.1 }, '0250').value).to.equal(25);
    expect(decodeOne({ address: 'holding:0', type: 'bcd32' }, '00000000').value).to.equal(0);
    for (let nibble = 0; nibble < 8; nibble += 1) {
      const hex = [...'12345678'].with(nibble, 'a').join('');
      expect(decodeOne({ address: 'holding:0', type: 'bcd32' }, hex), hex).to.include(illegal);
    }
    expect(decodeOne({ address: 'holding:0', type: 'bcd16' }, 'ffff')).to.include(illegal);
  });

  const texts: [encoding: string, hex: string, text: string][] = [
    ['utf-8', 'e5b7a5e8b58b', '工赋'],
    ['gb18030', 'b9a4b8b3', '工赋'],
    ['gbk', 'b9a4b8b3', '工赋'],
    ['gbk', '31bac5bbfa0000', '1号机'],
    ['gb18030', '9439fc36', '😀'],
    ['ascii', '41422d31', 'AB-1'],
    ['latin1', 'b0438081', '\u00b0C\u0080\u0081'],
  ];
  for (const [encoding, hex, text] of texts) {
    it(`a string in ${encoding}: ${hex} is ${JSON.stringify(text)}`, () => {
      const tag: TagText = { address: 'holding:0', type: 'string', length: hex.length / 2, encoding };
      expect(decodeOne(tag, hex)).to.include({ call: 'text', status: StatusCode.Good, value: text });
      const swapped = Buffer.from(hex.padEnd(hex.length + (hex.length % 4), '0'), 'hex')
        .swap16()
        .toString('hex');
      expect(decodeOne({ ...tag, byteOrder: 'BA' }, swapped).value).to.equal(text);
    });
  }

  const noTexts: [encoding: string, hex: string][] = [
    ['utf-8', 'b9a4b8b3'],
    ['utf-8', 'e5b7a5e8'],
    ['utf-8', 'c080'],
    ['gb18030', 'b9a4b8'],
    ['gbk', 'ff41'],
    ['gbk', 'e5b7a500'],
    ['ascii', '41c2b0'],
  ];
  for (const [encoding, hex] of noTexts) {
    it(`bytes ${hex} are no ${encoding}: an illegal value, not a text with replacement signs`, () => {
      const tag: TagText = { address: 'holding:0', type: 'string', length: hex.length / 2, encoding };
      expect(decodeOne(tag, hex)).to.include({ call: 'bad', status: StatusCode.BadDecodingError, value: null });
    });
  }

  it('gives back what an independent encoder wrote, for every type and order at any place of a request', () => {
    const item = fc.record({ value: encodedValue, hole: fc.nat(3) });
    const bytesAround = fc.uint8Array({ minLength: 250, maxLength: 250 });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 12 }), bytesAround, (items, around) => {
        const image = Buffer.from(around);
        let register = 5;
        const tags = items.map(({ value: { bytes, value: _, ...text }, hole }, number) => {
          register += hole;
          const address = `holding:${register}`;
          image.set(bytes, register * 2);
          register += bytes.length / 2;
          return tagOf({ ...text, number, address });
        });
        const samples = decodeImage(tags, image, 0, 'DCBA');
        expect(samples).to.have.lengthOf(items.length);
        items.forEach(({ value: { value, type, byteOrder } }, i) => {
          const came = samples[i]!.value;
          expect(Object.is(came, value), `${type} ${byteOrder} ${value} came as ${came}`).to.equal(true);
        });
      }),
    );
  });
});

interface EncodedValue {
  readonly type: HeldType;
  readonly byteOrder: string;
  readonly byte?: 'high' | 'low';
  readonly bytes: Buffer;
  readonly value: number | bigint;
}

/** Values with their bytes as on the wire, by arithmetic and by the letters of the order. Shares nothing with the decoder. */
const encodedValue: fc.Arbitrary<EncodedValue> = fc.oneof(
  ...[16, 32, 64].flatMap((bits) => [integers('uint', bits), integers('int', bits)]),
  floats('float32', fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(value);
    return bytes;
  }),
  floats('float64', fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return bytes;
  }),
  ...[4, 8].map((digits) =>
    fc
      .integer({ min: 0, max: 10 ** digits - 1 })
      .chain((value) =>
        onWire(digits === 4 ? 'bcd16' : 'bcd32', value, Buffer.from(String(value).padStart(digits, '0'), 'hex')),
      ),
  ),
  fc
    .record({ word: fc.integer({ min: 0, max: 0xffff }), byte: fc.constantFrom('high' as const, 'low' as const) })
    .chain(({ word, byte }) =>
      onWire('uint8', byte === 'high' ? Math.floor(word / 256) : word % 256, bytesOf(BigInt(word), 16)).map(
        (encoded) => ({ ...encoded, byte }),
      ),
    ),
);

function integers(sign: 'int' | 'uint', bits: number) {
  const span = 2n ** BigInt(bits);
  const min = sign === 'uint' ? 0n : -span / 2n;
  return fc
    .bigInt({ min, max: min + span - 1n })
    .chain((value) => onWire(`${sign}${bits}` as HeldType, bits === 64 ? value : Number(value), bytesOf(value, bits)));
}

function floats(type: HeldType, values: fc.Arbitrary<number>, bytesOfFloat: (value: number) => Buffer) {
  return values.chain((value) => onWire(type, value, bytesOfFloat(value)));
}

/** Two's complement, the most significant byte first. */
function bytesOf(value: bigint, bits: number): Buffer {
  const positive = value < 0n ? value + 2n ** BigInt(bits) : value;
  return Buffer.from(positive.toString(16).padStart(bits / 4, '0'), 'hex');
}

const ordersOfBytes: Record<number, readonly string[]> = {
  2: ['AB', 'BA'],
  4: ['ABCD', 'CDAB', 'BADC', 'DCBA'],
  8: ['ABCDEFGH', 'BADCFEHG', 'CDABGHEF', 'DCBAHGFE', 'EFGHABCD', 'FEHGBADC', 'GHEFCDAB', 'HGFEDCBA'],
};

function onWire(type: HeldType, value: number | bigint, plain: Buffer): fc.Arbitrary<EncodedValue> {
  return fc.constantFrom(...ordersOfBytes[plain.length]!).map((byteOrder) => ({
    type,
    value,
    byteOrder,
    bytes: Buffer.from([...byteOrder].map((letter) => plain[letter.charCodeAt(0) - 65]!)),
  }));
}
