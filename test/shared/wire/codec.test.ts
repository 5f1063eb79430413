import { Problem } from '@gongfu/shared/base/problem';
import { gapReasons, type SampleBlock } from '@gongfu/shared/model/sample';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import {
  asVersion1,
  decodeBatch,
  encodeBatch,
  encodeDeflated,
  inflatedLength,
  type TelemetryBatch,
} from '@gongfu/shared/wire/codec';
import { expect } from 'chai';
import fc from 'fast-check';

const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
/** Times as they come: mostly near each other, sometimes anything. */
const sourceTime = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }) },
  { weight: 1, arbitrary: fc.nat({ max: 2 ** 52 }) },
);
const number = fc.oneof(
  fc.integer({ min: -128, max: 127 }),
  fc.integer({ min: -40_000, max: 40_000 }),
  fc.integer(),
  fc.float(),
  fc.double(),
  fc.constant(-0),
);
const valueIn: Readonly<Record<ColumnKind, fc.Arbitrary<number | bigint | string>>> = {
  number,
  integer64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  unsigned64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  boolean: fc.integer({ min: 0, max: 1 }),
  text: fc.string({ unit: 'grapheme' }),
};

type Row = [tag: number, sourceTime: number, status: number, value: number | bigint | string];

/** Rows of any kind, and those of sources that speak in turn: tags in order at one time, several in a row alike. */
function rowsOf(kind: ColumnKind): fc.Arbitrary<Row[]> {
  const row = fc.tuple(uint32, sourceTime, uint32, valueIn[kind]);
  const turn = fc
    .tuple(row, fc.constantFrom(-1, 0, 1, 2), fc.integer({ min: 1, max: 12 }))
    .map(([first, step, count]) => {
      const [tag, time, status, value] = first;
      return Array.from({ length: count }, (_, i): Row => [(tag + i * step) >>> 0, time, status, value]);
    });
  return fc.oneof(
    fc.array(row, { minLength: 1, maxLength: 40 }),
    fc.array(turn, { minLength: 1, maxLength: 8 }).map((turns) => turns.flat()),
  );
}

function block(kind: ColumnKind): fc.Arbitrary<SampleBlock> {
  return rowsOf(kind).map((rows) => ({
    kind,
    count: rows.length,
    tags: Uint32Array.from(rows, ([tag]) => tag),
    sourceTimes: Float64Array.from(rows, ([, time]) => time),
    statuses: Uint32Array.from(rows, ([, , status]) => status),
    values: column(
      kind,
      rows.map(([, , , value]) => value),
    ),
  }));
}

function column(kind: ColumnKind, values: (number | bigint | string)[]): SampleBlock['values'] {
  switch (kind) {
    case 'integer64':
      return BigInt64Array.from(values as bigint[]);
    case 'unsigned64':
      return BigUint64Array.from(values as bigint[]);
    case 'boolean':
      return Uint8Array.from(values as number[]);
    case 'text':
      return values as string[];
    default:
      return Float64Array.from(values as number[]);
  }
}

const gap = fc.record({
  fromSequence: fc.integer({ min: -1 }),
  toSequence: fc.integer({ min: -1 }),
  fromTime: sourceTime,
  toTime: sourceTime,
  samples: fc.integer({ min: -1 }),
  reason: fc.constantFrom(...gapReasons),
  source: fc.string(),
});

const batch: fc.Arbitrary<TelemetryBatch> = fc.record({
  epoch: whole,
  sequence: whole,
  blocks: fc.array(fc.constantFrom(...columnKinds).chain(block), { maxLength: 4 }),
  gaps: fc.array(gap, { maxLength: 3 }),
});

/** Also the sign of zero and not-a-number. */
function expectSame(received: TelemetryBatch, sent: TelemetryBatch): void {
  expect([received.epoch, received.sequence]).to.deep.equal([sent.epoch, sent.sequence]);
  expect(received.gaps.map((one) => ({ ...one }))).to.deep.equal(sent.gaps);
  expect(received.blocks).to.have.length(sent.blocks.length);
  for (const [place, one] of received.blocks.entries()) {
    const original = sent.blocks[place]!;
    expect([one.kind, one.count]).to.deep.equal([original.kind, original.count]);
    expect([...one.tags]).to.deep.equal([...original.tags]);
    expect([...one.sourceTimes]).to.deep.equal([...original.sourceTimes]);
    expect([...one.statuses]).to.deep.equal([...original.statuses]);
    for (let row = 0; row < one.count; row += 1)
      expect(Object.is(one.values[row], original.values[row]), `${original.values[row]}`).to.equal(true);
  }
}

describe('telemetry batch on the wire', () => {
  it('comes back as it was, whatever it holds: of version 1, of version 2, and deflated', async () => {
    let deflated = 0;
    await fc.assert(
      fc.asyncProperty(batch, async (sent) => {
        const old = encodeBatch(sent, 1);
        expectSame(decodeBatch(old), sent);
        const plain = encodeBatch(sent);
        expectSame(decodeBatch(plain), sent);
        const short = await encodeDeflated(sent);
        expectSame(decodeBatch(short), sent);
        expect(short.length).to.be.at.most(plain.length);
        expect([inflatedLength(plain), inflatedLength(short)]).to.deep.equal([plain.length, plain.length]);
        if (short.length < plain.length) deflated += 1;
        for (const any of [old, plain, short]) expect(Buffer.compare(asVersion1(any), old)).to.equal(0);
      }),
      { numRuns: 400 },
    );
    expect(deflated).to.be.greaterThan(100);
  });

  it('with changed, cut or inserted bytes is read or refused, never anything else', async () => {
    const form = fc.constantFrom(1 as const, 2 as const, 'deflated' as const);
    const change = fc.record({
      at: fc.nat(),
      byte: fc.integer({ min: 0, max: 255 }),
      how: fc.constantFrom('set', 'cut', 'insert'),
    });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        batch,
        form,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (sent, written, changes) => {
          let bytes = [...(written === 'deflated' ? await encodeDeflated(sent) : encodeBatch(sent, written))];
          for (const { at, byte, how } of changes) {
            const place = at % (bytes.length + 1);
            if (how === 'set') bytes[Math.min(place, bytes.length - 1)] = byte;
            else if (how === 'insert') bytes.splice(place, 0, byte);
            else bytes = bytes.slice(0, place);
          }
          try {
            const { blocks } = decodeBatch(Uint8Array.from(bytes));
            for (const one of blocks) {
              for (const each of [one.tags, one.sourceTimes, one.statuses, one.values])
                expect(each).to.have.length(one.count);
            }
          } catch (error) {
            expect(error).to.be.instanceOf(Problem).and.to.have.property('code', 'batch-undecodable');
            refused += 1;
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(refused).to.be.greaterThan(300);
  });

  it('refuses random noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        try {
          decodeBatch(noise);
        } catch (error) {
          expect(error).to.be.instanceOf(Problem).and.to.have.property('code', 'batch-undecodable');
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('refuses more samples, columns or gaps than a batch may have, before anything is made of them', () => {
    const header = { epoch: 1, sequence: 1, gaps: [] };
    const flags = (count: number): SampleBlock => ({
      kind: 'boolean',
      count,
      tags: new Uint32Array(count),
      sourceTimes: new Float64Array(count),
      statuses: new Uint32Array(count),
      values: new Uint8Array(count),
    });
    const half = flags(500_000);
    expect(decodeBatch(encodeBatch({ ...header, blocks: [half, half] })).blocks).to.have.length(2);
    const more = encodeBatch({ ...header, blocks: [half, half, flags(1)] });
    expect(() => decodeBatch(more)).to.throw(Problem, '1000001 samples, at most 1000000');
    for (const [tag, told] of [
      [0x22, 'more than 1000 columns'],
      [0x2a, 'more than 100000 gaps'],
      [0x7a, 'more than 100 other fields'],
    ] as const) {
      const empty = Buffer.alloc(4_000_000, Uint8Array.of(tag, 0));
      const before = process.memoryUsage().heapUsed;
      expect(() => decodeBatch(empty)).to.throw(Problem, told);
      expect(process.memoryUsage().heapUsed - before).to.be.lessThan(50_000_000);
    }
  });

  it('takes no memory for a count its bytes do not hold', () => {
    const small: TelemetryBatch = {
      epoch: 1,
      sequence: 1,
      blocks: [
        {
          kind: 'number',
          count: 1,
          tags: Uint32Array.of(1),
          sourceTimes: Float64Array.of(1),
          statuses: Uint32Array.of(0),
          values: Float64Array.of(1),
        },
      ],
      gaps: [],
    };
    const bytes = [...encodeBatch(small)];
    // The first column's `count` field (number 2, varint) becomes 999,999.
    const at = bytes.findIndex((byte, place) => byte === 0x10 && bytes[place + 1] === 1 && place > 6);
    expect(at).to.be.greaterThan(6);
    const lying = Uint8Array.from([...bytes.slice(0, at + 1), 0xbf, 0x84, 0x3d, ...bytes.slice(at + 2)]);
    lying[bytes.indexOf(0x22) + 1]! += 2;
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeBatch(lying)).to.throw(Problem, /where \d+ are announced/);
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(4_000_000);
  });
});
