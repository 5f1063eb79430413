import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { Problem } from '@gongfu/shared/base/problem';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { asVersion1, decodeBatch, encodeBatch, encodeDeflated, inflatedLength } from '@gongfu/shared/wire/codec';
import { expect } from 'chai';
import { sweepBlock } from '#test/kit/batches';
import { checkoutFolder } from '#test/kit/source-tree';
import { doubleField, field } from '#test/kit/sparkplug-bytes';

/** A whole batch that is deflated, by the numbers of `telemetry-batch.proto`. */
function deflatedMessage(said: {
  version: number;
  deflated: Uint8Array;
  inflatedBytes: number;
  epoch?: number;
  gap?: Uint8Array;
}): Uint8Array {
  const { version, deflated, inflatedBytes, epoch, gap } = said;
  return Buffer.concat([
    field(1, version),
    ...(epoch === undefined ? [] : [field(2, epoch)]),
    ...(gap === undefined ? [] : [field(5, gap)]),
    field(6, deflated),
    field(7, inflatedBytes),
  ]);
}

/** Four rows of 64-bit numbers whose tags are `column`. */
function fourRows(column: Uint8Array): Uint8Array {
  const columns = [
    field(1, 1),
    field(2, 4),
    field(3, column),
    field(4, doubleField(1, 1)),
    field(5, doubleField(1, 0)),
  ];
  return Buffer.concat([field(1, 2), field(4, Buffer.concat([...columns, field(7, new Uint8Array(32))]))]);
}

const versionOf = (bytes: Uint8Array) => [...bytes.subarray(0, 2)];

describe('versions of a telemetry batch', () => {
  it('is read, and for an older cloud written, as older gateways wrote it', () => {
    const golden = Buffer.from(
      readFileSync(join(checkoutFolder, 'test/golden/wire/batch-version-1.base64'), 'utf8'),
      'base64',
    );
    const read = decodeBatch(golden);
    expect(read).to.include({ epoch: 1_764_201_600_000, sequence: 12 });
    expect(read.blocks.map(({ kind, values }) => [kind, ...values].join(' '))).to.deep.equal([
      'number 1 -2 300 -40000 0',
      'number 0.5 0 1.25 3 4',
      'number 0.1 1e+300 NaN -Infinity 5e-324',
      'integer64 -9223372036854775808 9223372036854775807 0',
      'unsigned64 18446744073709551615 1',
      'boolean 1 0 1',
      'text  压力 ✓ b',
    ]);
    expect([...read.blocks[0]!.tags]).to.deep.equal([0, 3, 6, 16, 19]);
    expect([...read.blocks[0]!.sourceTimes].map((time) => time - 1_764_201_600_000)).to.deep.equal([
      0, 40, 160, 360, 640,
    ]);
    expect([...read.blocks[0]!.statuses]).to.deep.equal([0, 0x80350000, 0, 0, 0]);
    expect(read.gaps[0]).to.include({ fromSequence: 3, toSequence: 9, samples: -1, source: 'plc-1' });
    expect(Buffer.compare(encodeBatch(read, 1), golden)).to.equal(0);
  });

  it('takes less than two bytes a sample of ten sources that speak in turn, an eighth of a byte for what is no value', async () => {
    const sweep = (value: (tag: number) => number) => ({
      epoch: 1,
      sequence: 1,
      gaps: [],
      blocks: [sweepBlock(value)],
    });
    const { count } = sweepBlock(() => 0);
    expect((await encodeDeflated(sweep(() => 1))).length / count).to.be.lessThan(0.125);
    // Twelve bits without any order: a byte and a half is all that can be had.
    const noise = await encodeDeflated(sweep((tag) => Math.imul(tag, 2_654_435_761) >>> 20));
    expect(noise.length / count).to.be.within(1.5, 1.8);
    expect(
      encodeBatch(
        sweep((tag) => Math.imul(tag, 2_654_435_761) >>> 20),
        1,
      ).length / count,
    ).to.be.greaterThan(5);
  });

  it('deflated by others is read; a bomb, a lie about its length, what is cut, goes on or is deflated twice is refused', async () => {
    const plain = encodeBatch({ epoch: 7, sequence: 8, gaps: [], blocks: [sweepBlock((tag) => tag % 100)] });
    const fields = { version: 2, deflated: deflateRawSync(plain, { level: 9 }), inflatedBytes: plain.length };
    expect(decodeBatch(deflatedMessage(fields))).to.include({ epoch: 7, sequence: 8 });
    const zeros = deflateRawSync(Buffer.alloc(64 * 2 ** 20));
    expect(zeros.length).to.be.lessThan(70_000);
    const twice = deflatedMessage(fields);
    const refused: [object, RegExp | string][] = [
      [{ deflated: zeros }, /larger than \d+ bytes/i],
      [{ deflated: zeros, inflatedBytes: 64 * 2 ** 20 }, '67108864 bytes when inflated, 1 to 2097152 may be'],
      [{ deflated: zeros, inflatedBytes: 0xffffffff }, 'may be'],
      [{ inflatedBytes: 0 }, 'may be'],
      [{ inflatedBytes: plain.length - 1 }, /larger than \d+ bytes/i],
      [
        { inflatedBytes: plain.length + 1 },
        `inflates to ${plain.length} bytes where ${plain.length + 1} are announced`,
      ],
      [{ deflated: fields.deflated.subarray(0, -9) }, 'unexpected end of file'],
      [{ deflated: Buffer.concat([fields.deflated, Buffer.of(0)]) }, 'bytes follow the end'],
      [{ deflated: Buffer.alloc(50, 0xff) }, 'invalid'],
      [{ deflated: new Uint8Array(0) }, 'unexpected end of file'],
      [{ version: 1 }, 'version 1 deflates nothing'],
      [{ version: 3 }, 'version 3, understood are 1 to 2'],
      [{ epoch: 7 }, 'more stands beside'],
      [{ gap: field(5, 1) }, 'more stands beside'],
      [{ deflated: deflateRawSync(twice), inflatedBytes: twice.length }, 'deflated twice'],
    ];
    for (const [change, told] of refused) {
      const before = process.memoryUsage().arrayBuffers;
      const bytes = deflatedMessage({ ...fields, ...change });
      expect(() => decodeBatch(bytes), JSON.stringify(told))
        .to.throw(Problem, told)
        .with.property('code', 'batch-undecodable');
      expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(4_000_000);
      expect(inflatedLength(bytes)).to.be.at.most(2 * 2 ** 20);
    }
  });

  it('of more than two mebibytes or 100,000 samples is not deflated, and refused where it is', async () => {
    const rows = (count: number, text?: string): SampleBlock => ({
      kind: text === undefined ? 'boolean' : 'text',
      count,
      tags: new Uint32Array(count),
      sourceTimes: new Float64Array(count),
      statuses: new Uint32Array(count),
      values: text === undefined ? new Uint8Array(count) : new Array<string>(count).fill(text),
    });
    const of = (block: SampleBlock) => ({ epoch: 1, sequence: 1, gaps: [], blocks: [block] });
    for (const [most, more, told] of [
      [rows(100_000), rows(100_001), '100001 samples deflated, at most 100000'],
      [rows(31, 'x'.repeat(65_536)), rows(33, 'x'.repeat(65_536)), '1 to 2097152 may be'],
    ] as const) {
      expect((await encodeDeflated(of(most))).length).to.be.lessThan(20_000);
      const plain = encodeBatch(of(more));
      expect(Buffer.compare(await encodeDeflated(of(more)), plain)).to.equal(0);
      expect(decodeBatch(plain).blocks[0]!.count).to.equal(more.count);
      const bytes = deflatedMessage({ version: 2, deflated: deflateRawSync(plain), inflatedBytes: plain.length });
      expect(() => decodeBatch(bytes)).to.throw(Problem, told);
    }
  });

  it('of steps takes those that say all rows and no more, and whole numbers only', () => {
    const tagsOf = (base: number, steps: Uint8Array, more: Uint8Array = new Uint8Array(0)) => [
      ...decodeBatch(fourRows(Buffer.concat([doubleField(1, base), field(5, steps), more]))).blocks[0]!.tags,
    ];
    // One more, once again, then three less (zigzag 5, so 10).
    expect(tagsOf(9, Uint8Array.of(5, 1, 10))).to.deep.equal([9, 10, 11, 8]);
    const twice: Uint8Array = Buffer.concat([field(3, 1), field(4, new Uint8Array(4))]);
    const refused: [base: number, steps: Uint8Array, told: string, more?: Uint8Array][] = [
      [9, Uint8Array.of(5, 1), 'steps end too early'],
      [9, Uint8Array.of(5), 'steps end too early'],
      [9, Uint8Array.of(5, 3), 'steps go beyond row 4'],
      [9, Uint8Array.of(5, 2, 4), 'steps go beyond row 4'],
      [2, Uint8Array.of(3, 2), 'column tags holds -1'],
      [0.5, Uint8Array.of(5, 2), 'column tags holds 0.5'],
      [9, new Uint8Array(12).fill(0xff), 'a step is too great'],
      [9, Uint8Array.of(5, 2), 'steps and offsets', twice],
    ];
    for (const [base, steps, told, more] of refused) expect(() => tagsOf(base, steps, more)).to.throw(Problem, told);
  });

  it('says of which version it is, and leaves what is no batch as it is', async () => {
    const batch = { epoch: 7, sequence: 8, gaps: [], blocks: [sweepBlock((tag) => tag)] };
    const old = encodeBatch(batch, 1);
    for (const bytes of [encodeBatch(batch), await encodeDeflated(batch)]) {
      expect(versionOf(bytes)).to.deep.equal([8, 2]);
      expect(Buffer.compare(asVersion1(bytes), old)).to.equal(0);
    }
    expect(versionOf(old)).to.deep.equal([8, 1]);
    expect(asVersion1(old)).to.equal(old);
    for (const noise of [Uint8Array.of(9), Uint8Array.of(8, 2, 0x32, 1, 1)]) expect(asVersion1(noise)).to.equal(noise);
  });
});
