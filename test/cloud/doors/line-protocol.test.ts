import { expect } from 'chai';
import fc from 'fast-check';
import { LineProtocol, type Precision } from '#cloud/doors/line-protocol';
import { LineReader } from '#cloud/doors/line-reader';
import type { ForeignRow } from '#cloud/doors/row-door';

const arrivedAt = Date.UTC(2026, 10, 23);

function read(text: string | Uint8Array, precision: Precision = 'ns', cuts: readonly number[] = []) {
  const bytes = Buffer.from(text);
  const protocol = new LineProtocol({ precision, arrivedAt });
  const reader = new LineReader((line) => protocol.parse(line));
  const found = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    found.push(...reader.push(bytes.subarray(from, cut)));
    from = cut;
  }
  return [...found, ...reader.end()];
}

function rows(text: string, precision: Precision = 'ns'): ForeignRow[] {
  return read(text, precision).flatMap((one) => {
    if ('reason' in one) throw new Error(one.reason);
    return one.content;
  });
}

function reasons(text: string): [number, string][] {
  return read(text).flatMap((one): [number, string][] => ('reason' in one ? [[one.line, one.reason]] : []));
}

const escaped = (text: string) => text.replace(/[,= ]/g, '\\$&');
/** A backslash before a delimiter cannot be written, so none stands at the end or before one. */
const name = fc
  .stringMatching(/^[a-zA-Z0-9温度_./,= -]{1,12}$/)
  .filter((text) => text.trim() === text && !text.startsWith('#') && text !== '');
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const unsigned = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const value = fc.oneof(
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((it) => ({ text: Object.is(it, -0) ? '-0' : String(it), is: it, type: 'float64' })),
  integer.map((it) => ({ text: `${it}i`, is: it, type: 'int64' })),
  unsigned.map((it) => ({ text: `${it}u`, is: it, type: 'uint64' })),
  fc.boolean().map((it) => ({ text: it ? 'T' : 'false', is: it, type: 'bool' })),
  fc.string({ unit: 'grapheme' }).map((it) => ({
    text: `"${it.replace(/["\\]/g, '\\$&')}"`,
    is: it,
    type: 'string',
  })),
);
const line = fc.record({
  measurement: name,
  tags: fc.uniqueArray(fc.tuple(name, name), { selector: ([key]) => key, maxLength: 3 }),
  fields: fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, minLength: 1, maxLength: 4 }),
  time: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
});

describe('doors: line protocol', () => {
  it('gives back what was written, wherever the body was cut', () => {
    const bodies = fc.tuple(
      fc.array(line, { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n'),
      fc.infiniteStream(fc.nat(40)),
    );
    fc.assert(
      fc.property(bodies, ([lines, end, steps]) => {
        const text = lines
          .map(({ measurement, tags, fields, time }) => {
            const head = [escaped(measurement), ...tags.map(([key, tag]) => `${escaped(key)}=${escaped(tag)}`)].join(
              ',',
            );
            const told = fields.map(([key, { text: shown }]) => `${escaped(key)}=${shown}`).join(',');
            return `${head} ${told}${time === undefined ? '' : ` ${time}123456`}`;
          })
          .join(end);
        const cuts: number[] = [];
        for (let at = 0; at < text.length; at += 1 + (steps.next().value ?? 0)) cuts.push(at);
        const found = read(text, 'ns', cuts).flatMap((one) => {
          if ('reason' in one) throw new Error(`${one.reason}: ${text}`);
          return one.content;
        });
        const expected = lines.flatMap(({ fields, time }) =>
          fields.map(([key, { is, type }]) => [key, type, is, time ?? arrivedAt]),
        );
        expect(found.map((row) => [row.name, row.type, row.value, row.sourceTime])).to.deep.equal(expected);
      }),
    );
  });

  it('never throws on anything, and counts lines from 1', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ' ', ',', '=', '\\', '\n', '1', 'i', '#') }), (text) => {
        const lines = text.split('\n').length;
        for (const one of read(text)) expect(one.line).to.be.within(1, lines);
      }),
      { numRuns: 2_000 },
    );
  });

  it('the source is measurement and tags, by name and never the same for two series', () => {
    const source = (text: string) => rows(`${text} f=1`)[0]?.source;
    expect(source('press,hall=3,host=a')).to.equal('press,hall=3,host=a');
    expect(source('press,host=a,hall=3')).to.equal('press,hall=3,host=a');
    expect(source('press')).to.equal('press');
    expect(source('a\\,b=c')).to.equal('a\\,b\\=c');
    expect(source('a,b=c')).to.equal('a,b=c');
    expect(source('oil\\ press,shift=night\\ one')).to.equal('oil press,shift=night one');
    expect(source('C:\\temp,a=b')).to.equal('C:\\\\temp,a=b');
  });

  it('cuts times to milliseconds in every precision', () => {
    expect(rows('m f=1 1700000000123999999')[0]?.sourceTime).to.equal(1_700_000_000_123);
    expect(rows('m f=1 1700000000123999', 'us')[0]?.sourceTime).to.equal(1_700_000_000_123);
    expect(rows('m f=1 1700000000123', 'ms')[0]?.sourceTime).to.equal(1_700_000_000_123);
    expect(rows('m f=1 1700000000', 's')[0]?.sourceTime).to.equal(1_700_000_000_000);
    expect(rows('m f=1')[0]?.sourceTime).to.equal(arrivedAt);
    expect(rows('m f=1 -1')[0]?.sourceTime).to.be.lessThan(0);
  });

  it('passes over comments and empty lines, and reads a text of several lines', () => {
    const text = '# a "comment\n\n  \r\nm t="one\ntwo",n=3i 1\nm f=1';
    expect(rows(text).map(({ name: tag, value: is }) => [tag, is])).to.deep.equal([
      ['t', 'one\ntwo'],
      ['n', 3n],
      ['f', 1],
    ]);
    expect(read(text).map((one) => one.line)).to.deep.equal([4, 6]);
  });

  it('names each wrong line and reads the others', () => {
    const wrong = [
      'm',
      'm f',
      'm f=',
      'm f=1i5',
      'm f=NaN',
      'm f=inf',
      'm f=1e999',
      'm f=9223372036854775808i',
      'm f=18446744073709551616u',
      'm f=-1u',
      'm f=0x10',
      'm f=1 yesterday',
      'm f=1 1.5',
      'm f=1 99999999999999999999',
      'm f="a"b',
      ',a=b f=1',
      'm,a f=1',
      'm,a= f=1',
      'm,a=b=c f=1',
      'm,a=b,a=c f=1',
      'm f=1,f=2',
      'm f=1,',
      'm =1',
      'm f=1,g',
      'm f="never closed',
    ];
    const text = wrong.map((one) => `${one}\ngood f=1`).join('\n');
    expect(reasons(text).map(([at]) => at)).to.deep.equal(wrong.map((_, place) => 2 * place + 1));
    expect(read(text).filter((one) => 'content' in one)).to.have.length(wrong.length);
  });

  it('refuses a line that is not UTF-8, alone, and keeps the sign for what cannot be read where it was sent', () => {
    const bytes = Buffer.concat([
      Buffer.from('\ufeffm f="温度 \uFFFD"\nm f="'),
      Buffer.of(0xe6, 0xb8),
      Buffer.from('"\n'),
      Buffer.of(0xa0),
      Buffer.from('m f=2\nm f=3'),
    ]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const found = read(bytes, 'ns', [cut]).map((one) =>
        'reason' in one ? [one.line, one.reason] : [one.line, one.content[0]?.source, one.content[0]?.value],
      );
      expect(found).to.deep.equal([
        [1, 'm', '温度 \uFFFD'],
        [2, 'it holds bytes that are not UTF-8'],
        [3, 'it holds bytes that are not UTF-8'],
        [4, 'm', 3],
      ]);
    }
  });

  it('lets go of a line without end', () => {
    const text = `${'x'.repeat(3 * 1024 * 1024)}\nm f=1`;
    const pieces = Array.from({ length: 96 }, (_, place) => place * 32_768);
    const found = read(text, 'ns', pieces);
    expect(found.map((one) => [one.line, 'reason' in one])).to.deep.equal([
      [1, true],
      [2, false],
    ]);
  });
});
