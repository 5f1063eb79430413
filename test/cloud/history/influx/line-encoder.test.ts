import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import fc from 'fast-check';
import type { AdmittedBatch } from '#cloud/history/history-store';
import { LineBuffer } from '#cloud/history/influx/line-buffer';
import { LineEncoder } from '#cloud/history/influx/line-encoder';
import { batchOf, numberBlock } from '../../../contract/history-store.contract.js';

const start = Date.UTC(2026, 10, 23, 12);

const quantised = fc
  .record({ digits: fc.integer({ min: -(2 ** 33), max: 2 ** 33 }), places: fc.nat(6) })
  .map(({ digits, places }) => digits / 10 ** places);
const number = fc.oneof(
  quantised,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 0.001, -0.001, 0.0001, 4_294_967.295, 4_294_967.296, 2 ** 32, 1e21, 5e-324),
);
const whole = fc.oneof(fc.nat(1000), fc.maxSafeNat(), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 4_294_967_295_999_999));
const status = fc.constantFrom(0, 0, 0, StatusCode.UncertainLastUsableValue, StatusCode.BadTimeout);
const place = { tag: fc.constantFrom(1, 2, 70_000, 2 ** 21), ms: fc.nat(3), status };

const numbers = fc
  .array(fc.record({ ...place, value: fc.oneof(number, fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY)) }))
  .map((rows) =>
    blockOf(
      'number',
      rows,
      Float64Array.from(rows, ({ value }) => value),
    ),
  );
const signed = fc
  .array(fc.record({ ...place, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }))
  .map((rows) =>
    blockOf(
      'integer64',
      rows,
      BigInt64Array.from(rows, ({ value }) => value),
    ),
  );
const unsigned = fc.array(fc.record({ ...place, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) })).map((rows) =>
  blockOf(
    'unsigned64',
    rows,
    BigUint64Array.from(rows, ({ value }) => value),
  ),
);
const switches = fc.array(fc.record({ ...place, value: fc.boolean() })).map((rows) =>
  blockOf(
    'boolean',
    rows,
    Uint8Array.from(rows, ({ value }) => Number(value)),
  ),
);
const letters = fc.constantFrom('\\', '"', ',', '=', ' ', '工', '😀', 'a');
const texts = fc.array(fc.record({ ...place, value: fc.string({ unit: letters, minLength: 1 }) })).map((rows) =>
  blockOf(
    'text',
    rows,
    rows.map(({ value }) => value),
  ),
);

interface Placed {
  readonly tag: number;
  readonly ms: number;
  readonly status: number;
}

function blockOf(kind: SampleBlock['kind'], rows: readonly Placed[], values: SampleBlock['values']): SampleBlock {
  return {
    kind,
    count: rows.length,
    tags: Uint32Array.from(rows, ({ tag }) => tag),
    sourceTimes: Float64Array.from(rows, ({ ms }) => start + ms),
    statuses: Uint32Array.from(rows, (row) => row.status),
    values,
  };
}

/** The lines as the scheme names them, slowly. */
function expectedLines({ epoch, sequence, blocks }: AdmittedBatch): string[] {
  const seen = new Map<string, number>();
  return blocks.flatMap(({ kind, count, tags, sourceTimes, statuses, values }) =>
    Array.from({ length: count }, (_, row) => {
      const key = `${kind} ${tags[row]} ${sourceTimes[row]}`;
      const rank = seen.get(key) ?? 0;
      seen.set(key, rank + 1);
      const decade = rank < 10 ? '' : `.${Math.floor(rank / 10)}`;
      const suffix = `${epoch}.${Math.floor(sequence / 100_000)}${decade}`;
      const text = valueText(kind, values[row]!);
      const status = text === undefined && !isBad(statuses[row]!) ? StatusCode.BadOutOfRange : statuses[row]!;
      const fields = [
        ...(isBad(status) ? [] : [`v${suffix}=${text}`]),
        ...(status === 0 ? [] : [`q${suffix}=${status}u`]),
      ];
      const time = BigInt(sourceTimes[row]!) * 1_000_000n + BigInt((sequence % 100_000) * 10 + (rank % 10));
      return `samples_${kind},n=${tags[row]} ${fields.join()} ${time}`;
    }),
  );
}

function valueText(kind: SampleBlock['kind'], value: number | bigint | string): string | undefined {
  if (kind === 'integer64') return `${value}i`;
  if (kind === 'unsigned64') return `${value}u`;
  if (kind === 'boolean') return value === 1 ? 't' : 'f';
  if (kind === 'text') return `"${String(value).replace(/[\\"]/g, '\\$&')}"`;
  if (!Number.isFinite(value)) return undefined;
  return Object.is(value, -0) ? '-0' : String(value);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

describe('influx: lines', () => {
  const lines = new LineBuffer();

  function written(write: () => void): string {
    write();
    lines.endLine();
    const pieces = lines.take();
    const text = pieces.map(textOf).join('|');
    for (const piece of pieces) lines.giveBack(piece);
    return text;
  }

  it('a number is written as it is, to its last bit', () => {
    fc.assert(
      fc.property(number, (value) => {
        const text = written(() => lines.number(value));
        expect(Number(text)).to.equal(value);
        expect(text).to.equal(Object.is(value, -0) ? '-0' : String(value));
      }),
      { numRuns: 5_000 },
    );
  });

  it('so is a whole one, however large', () => {
    fc.assert(
      fc.property(whole, fc.nat(999_999), (value, below) => {
        const text = written(() => {
          lines.whole(value);
          lines.sixDigits(below);
        });
        expect(text).to.equal(`${value}${String(below).padStart(6, '0')}`);
      }),
    );
  });

  it('samples of every kind are the lines the scheme names, however many share a moment', () => {
    const encoder = new LineEncoder();
    const batch = fc.record({
      epoch: fc.oneof(fc.nat(3), fc.maxSafeNat()),
      sequence: fc.oneof(fc.nat(3), fc.constantFrom(99_999, 100_000), fc.maxSafeNat()),
      blocks: fc.array(fc.oneof(numbers, signed, unsigned, switches, texts), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 3 }), (given) => {
        const batches = given.map(({ epoch, sequence, blocks }) => batchOf(sequence, blocks, { epoch }));
        const sent = encoder.encode(batches).take().map(textOf);
        expect(sent.flatMap((text) => text.split('\n'))).to.deep.equal(batches.flatMap(expectedLines));
      }),
      { numRuns: 300 },
    );
  });

  it('come in pieces of 20,000 lines or some 4 MiB, and one long row stands with what came before it', () => {
    const encoder = new LineEncoder();
    const many = numberBlock(Array.from({ length: 45_000 }, (_, i) => [1, start + i, i] as const));
    const linesOf = (pieces: readonly Uint8Array[]) => pieces.map((bytes) => textOf(bytes).split('\n').length);
    expect(linesOf(encoder.encode([batchOf(1, [many])]).take())).to.deep.equal([20_000, 20_000, 5_000]);
    const values = Array.from({ length: 30 }, (_, i) => String(i).padEnd(1024 * 1024, 'x'));
    values[29] = '工'.repeat(3_000_000);
    const rows = values.map((_, i) => ({ tag: 1, ms: i, status: 0 }));
    const long = encoder.encode([batchOf(2, [blockOf('text', rows, values)])]).take();
    expect(linesOf(long)).to.deep.equal([4, 4, 4, 4, 4, 4, 4, 2]);
    expect(textOf(long.at(-1)!).split('\n')[1]).to.include(`="${values[29]}" `);
    expect(encoder.encode([]).take()).to.deep.equal([]);
    expect(encoder.encode([batchOf(3, [numberBlock([[1, start, 5]])])]).take()).to.have.length(1);
  });
});
