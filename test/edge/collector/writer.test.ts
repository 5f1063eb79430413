import { silentLogger } from '@gongfu/shared/base/logger';
import { StatusCode } from '@gongfu/shared/model/quality';
import { type Sample, type SampleBlock, sampleAt } from '@gongfu/shared/model/sample';
import { columnKindOf, type ValueType } from '@gongfu/shared/model/value-type';
import { decodeBatch, encodeBatch } from '@gongfu/shared/wire/codec';
import { expect } from 'chai';
import fc from 'fast-check';
import type { CollectorTag } from '#edge/collector/collector-types';
import { SampleColumns } from '#edge/collector/sample-columns';
import { SourceWriter } from '#edge/collector/source-writer';
import { TagTable } from '#edge/collector/tag-table';
import { modbusKind } from '#edge/drivers/modbus/kind';
import { ManualClock } from './manual-clock.ts';

const good = StatusCode.Good;
const uncertain = StatusCode.UncertainLastUsableValue;

function tagOf(number: number, type: ValueType, keys: Partial<CollectorTag> = {}): CollectorTag {
  const fixed = { name: `t${number}`, kind: columnKindOf(type), intervalMs: 1000, scale: 1, offset: 0 };
  return { number, type, ...fixed, deadband: null, onChange: false, heartbeatMs: 10_000, ...keys };
}

function setup(tags: readonly CollectorTag[]) {
  const source = { name: 's', kind: modbusKind as never, settings: {}, tags };
  const table = new TagTable(source);
  const columns = new SampleColumns({ onFirst() {}, onFull() {}, fullSamples: 1e9 });
  const losses: object[] = [];
  const onLost = (loss: object) => void losses.push(loss);
  const clock = new ManualClock();
  const writer = new SourceWriter({ source: 's', table, columns, clock, log: silentLogger, onLost });
  const take = () => rowsOf(columns.take());
  return { writer, table, columns, losses, take, clock };
}

function rowsOf(blocks: readonly SampleBlock[]): Sample[] {
  return blocks.flatMap((block) => Array.from({ length: block.count }, (_, row) => sampleAt(block, row)));
}

const values = (samples: readonly Sample[]) => samples.map(({ value }) => value);

describe('collector writer', () => {
  it('lets every sample of a plain tag pass, changed or not', () => {
    const { writer, take } = setup([tagOf(3, 'float64')]);
    for (let i = 0; i < 5; i += 1) writer.number(3, 1000 * i, good, 7);
    expect(take()).to.deep.equal(
      [0, 1000, 2000, 3000, 4000].map((sourceTime) => ({ tag: 3, sourceTime, status: good, value: 7 })),
    );
  });

  it('a text that is too long or no proper Unicode is a bad sample; what follows is kept', () => {
    const { writer, take } = setup([tagOf(3, 'string')]);
    const texts = ['x'.repeat(65_536), 'x'.repeat(65_537), 'a\ud800b', 'a\0b'];
    for (const [i, text] of texts.entries()) writer.text(3, i, good, text);
    expect(take().map(({ status, value }) => [status, value])).to.deep.equal([
      [good, texts[0]],
      [StatusCode.BadOutOfRange, null],
      [StatusCode.BadOutOfRange, null],
      [good, 'a\0b'],
    ]);
  });

  it('closes a batch before its texts are more than a message to the cloud may carry', () => {
    const cuts: number[] = [];
    const columns = new SampleColumns({
      onFirst() {},
      onFull: () => void cuts.push(columns.take()[0]!.count),
      fullSamples: 1e9,
    });
    const table = new TagTable({ name: 's', kind: modbusKind as never, settings: {}, tags: [tagOf(3, 'string')] });
    const clock = new ManualClock();
    const writer = new SourceWriter({ source: 's', table, columns, clock, log: silentLogger, onLost() {} });
    for (let i = 0; i < 100; i += 1) writer.text(3, i, good, '工'.repeat(50_000));
    expect(cuts).to.deep.equal([40, 40]);
    expect(columns.count).to.equal(20);
  });

  it('measures the deadband from the value that passed last, not from the one before', () => {
    const { writer, take } = setup([tagOf(3, 'float64', { deadband: 0.5 })]);
    for (const [i, value] of [10, 10.3, 10.5, 10.6, 10.9, 10.1].entries()) writer.number(3, i, good, value);
    expect(values(take())).to.deep.equal([10, 10.6]);
  });

  it('with onChange or a deadband of 0 reports changes only, of every kind', () => {
    const tags = [
      tagOf(0, 'float64', { deadband: 0 }),
      tagOf(1, 'bool', { onChange: true }),
      tagOf(2, 'string', { onChange: true }),
      tagOf(3, 'int64', { onChange: true }),
      tagOf(4, 'uint64', { onChange: true }),
    ];
    const { writer, take } = setup(tags);
    const big = 2n ** 64n - 1n;
    for (const i of [0, 1, 2, 3]) {
      const second = i >= 2;
      writer.number(0, i, good, second ? 1.5 : 1);
      writer.boolean(1, i, good, second);
      writer.text(2, i, good, second ? 'b' : 'a');
      writer.wide(3, i, good, second ? -(2n ** 63n) : 2n ** 62n + 1n);
      writer.wide(4, i, good, second ? big : big - 1n);
    }
    expect(values(take())).to.deep.equal([1, 1.5, 2n ** 62n + 1n, -(2n ** 63n), big - 1n, big, false, true, 'a', 'b']);
  });

  it('restates an unchanged value when the heartbeat is due, and after source time went back', () => {
    const { writer, take } = setup([tagOf(0, 'int32', { onChange: true, heartbeatMs: 5_000 })]);
    for (let i = 0; i <= 12; i += 1) writer.number(0, 1000 * i, good, 4);
    expect(take().map(({ sourceTime }) => sourceTime)).to.deep.equal([0, 5000, 10_000]);
    writer.number(0, 3000, good, 4);
    writer.number(0, 4000, good, 4);
    expect(take().map(({ sourceTime }) => sourceTime)).to.deep.equal([3000]);
  });

  it('lets a change of status pass whatever the deadband', () => {
    const { writer, take } = setup([tagOf(0, 'float32', { deadband: 100 })]);
    writer.number(0, 0, good, 1);
    writer.number(0, 1, uncertain, 2);
    writer.bad(0, 2, StatusCode.BadTimeout);
    writer.bad(0, 3, StatusCode.BadTimeout);
    writer.bad(0, 4, StatusCode.BadNoCommunication);
    writer.number(0, 5, good, 2);
    const seen = take().map(({ sourceTime, status, value }) => [sourceTime, status, value]);
    expect(seen).to.deep.equal([
      [0, good, 1],
      [1, uncertain, 2],
      [2, StatusCode.BadTimeout, null],
      [4, StatusCode.BadNoCommunication, null],
      [5, good, 2],
    ]);
  });

  it('turns what cannot be a value into a bad sample', () => {
    const { writer, take } = setup([tagOf(0, 'float64'), tagOf(1, 'int64'), tagOf(2, 'uint64'), tagOf(3, 'bool')]);
    writer.number(0, 0, good, Number.NaN);
    writer.number(0, 1, good, Number.NEGATIVE_INFINITY);
    writer.number(0, 2, StatusCode.BadDeviceFailure, 5);
    writer.wide(1, 3, good, 2n ** 63n);
    writer.wide(2, 4, good, -1n);
    writer.number(3, 5, good, 1);
    const seen = take().map(({ sourceTime, status, value }) => [sourceTime, status, value]);
    expect(seen.sort((a, b) => Number(a[0]) - Number(b[0]))).to.deep.equal([
      [0, StatusCode.BadOutOfRange, null],
      [1, StatusCode.BadOutOfRange, null],
      [2, StatusCode.BadDeviceFailure, null],
      [3, StatusCode.BadOutOfRange, null],
      [4, StatusCode.BadOutOfRange, null],
      [5, StatusCode.BadTypeMismatch, null],
    ]);
  });

  it('alive never states a value for a time before it came', () => {
    const { writer, take } = setup([
      tagOf(1, 'float64', { heartbeatMs: 1000 }),
      tagOf(2, 'float64', { heartbeatMs: 1000, swingingDoor: 1 }),
    ]);
    for (const tag of [1, 2]) {
      writer.number(tag, 1000, good, 5);
      writer.number(tag, 5000, good, 5);
    }
    const before = take().length;
    for (const time of [3000, 4999]) writer.alive(time);
    expect(take()).to.deep.equal([]);
    writer.alive(6000);
    expect([before, values(take())]).to.deep.equal([4, [5, 5]]);
  });

  it('alive restates good values that have been silent for long, and nothing else', () => {
    const tags = [0, 1, 2, 3].map((number) => tagOf(number, 'float64', { heartbeatMs: 2_000, intervalMs: 0 }));
    const { writer, take } = setup(tags);
    writer.number(0, 0, good, 1);
    writer.number(1, 1500, good, 2);
    writer.bad(2, 0, StatusCode.BadDeviceFailure);
    take();
    writer.alive(2000);
    expect(take()).to.deep.equal([{ tag: 0, sourceTime: 2000, status: good, value: 1 }]);
    writer.alive(3500);
    expect(take().map(({ tag }) => tag)).to.deep.equal([1]);
    expect(writer.samplesTotal).to.equal(3);
    expect(writer.passedTotal).to.equal(5);
  });

  it('writes whole times, and the clock of the agent where the source gave none', () => {
    const { writer, take, clock } = setup([tagOf(0, 'float64')]);
    writer.number(0, 12.5, good, 1);
    writer.number(0, Number.NaN, good, 1);
    expect(take().map(({ sourceTime }) => sourceTime)).to.deep.equal([13, clock.now()]);
  });

  it('passes losses on, is deaf to unknown tags, and once closed to everything but losses', () => {
    const { writer, take, losses } = setup([tagOf(5, 'float64')]);
    writer.lost(10, 20);
    writer.lost(11, 21, 'source-unreachable');
    writer.number(6, 0, good, 1);
    writer.number(70_000, 0, good, 1);
    writer.close();
    writer.number(5, 0, good, 1);
    writer.alive(99);
    writer.lost(30, 40);
    expect(losses).to.deep.equal([
      { source: 's', fromTime: 10, toTime: 20, reason: 'source-queue-overflow' },
      { source: 's', fromTime: 11, toTime: 21, reason: 'source-unreachable' },
      { source: 's', fromTime: 30, toTime: 40, reason: 'source-queue-overflow' },
    ]);
    expect(take()).to.deep.equal([]);
  });

  it('shows the last values that passed', () => {
    const { writer, table } = setup([tagOf(1, 'uint64'), tagOf(2, 'string'), tagOf(3, 'bool'), tagOf(4, 'int16')]);
    writer.wide(1, 5, good, 2n ** 64n - 1n);
    writer.text(2, 6, good, '工');
    writer.boolean(3, 7, good, true);
    writer.bad(3, 8, StatusCode.BadTimeout);
    expect(table.find({ offset: 0, limit: 10 })).to.deep.equal({
      total: 4,
      tags: [
        { source: 's', tag: 1, name: 't1', value: 2n ** 64n - 1n, status: good, sourceTime: 5 },
        { source: 's', tag: 2, name: 't2', value: '工', status: good, sourceTime: 6 },
        { source: 's', tag: 3, name: 't3', value: null, status: StatusCode.BadTimeout, sourceTime: 8 },
        { source: 's', tag: 4, name: 't4', value: null, status: null, sourceTime: null },
      ],
    });
    const found = (query: object) => {
      const { total, tags } = table.find({ offset: 0, limit: 10, ...query });
      return [total, ...tags.map(({ name }) => name)];
    };
    expect(found({ limit: 1, offset: 2 })).to.deep.equal([4, 't3']);
    expect(found({ search: 'T2' })).to.deep.equal([1, 't2']);
    expect(found({ search: 't', offset: 1, limit: 1, quality: 'good' })).to.deep.equal([2, 't2']);
    expect(found({ search: '.' })).to.deep.equal([0]);
    expect(found({ quality: 'good' })).to.deep.equal([2, 't1', 't2']);
    expect(found({ quality: 'unknown' })).to.deep.equal([1, 't4']);
  });

  it('columns keep every row over growth, takes and reuse, up to the wire and back', () => {
    const batches = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(batches, (counts) => {
        const { writer, columns } = setup([
          tagOf(0, 'float64'),
          tagOf(1, 'string'),
          tagOf(2, 'int64'),
          tagOf(3, 'bool'),
        ]);
        let next = 0;
        for (const [sequence, count] of counts.entries()) {
          const first = next;
          for (let i = 0; i < count; i += 1, next += 1) {
            const kind = next % 4;
            if (kind === 0) writer.number(0, next, good, next / 3);
            else if (kind === 1) writer.text(1, next, good, `v${next}`);
            else if (kind === 2) writer.wide(2, next, good, BigInt(next) << 40n);
            else writer.boolean(3, next, good, next % 8 === 3);
          }
          expect(columns.count).to.equal(count);
          const blocks = columns.take();
          const rows = rowsOf(decodeBatch(encodeBatch({ epoch: 1, sequence, blocks, gaps: [] })).blocks);
          columns.recycle(blocks);
          rows.sort((a, b) => a.sourceTime - b.sourceTime);
          expect(rows.map(({ sourceTime }) => sourceTime)).to.deep.equal(
            Array.from({ length: count }, (_, i) => first + i),
          );
          for (const { sourceTime: n, value } of rows) {
            expect(value).to.equal([n / 3, `v${n}`, BigInt(n) << 40n, n % 8 === 3][n % 4]);
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});
