import { type Sample, type SampleBlock, sampleAt } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import fc from 'fast-check';
import { SparkplugHost } from '#cloud/mqtt/sparkplug/host';
import { NodeOutlet } from '#cloud/mqtt/sparkplug/node-outlet';
import { FakeClock } from '../../../kit/fake-clock.js';

const signals = [
  { tag: 11, kind: 'integer64', assetId: 'site.line.press', name: 'pieces', unit: '' },
  { tag: 12, kind: 'number', assetId: 'site.line.press', name: 'temp', unit: 'Cel' },
  { tag: 13, kind: 'number', assetId: 'site.line.oven', name: 'temp', unit: 'Cel' },
] as const;

function numbers(tag: number, time: number, ...values: number[]): SampleBlock {
  return {
    kind: 'number',
    count: values.length,
    tags: new Uint32Array(values.length).fill(tag),
    sourceTimes: Float64Array.from(values, (_, row) => time + row),
    statuses: new Uint32Array(values.length),
    values: Float64Array.from(values),
  };
}
function wide(time: number, value: bigint): SampleBlock {
  const values = BigInt64Array.of(value);
  const [tags, sourceTimes] = [Uint32Array.of(11), Float64Array.of(time)];
  return { kind: 'integer64', count: 1, tags, sourceTimes, statuses: new Uint32Array(1), values };
}

/** What the outlet says goes straight to a host application: what it understood, and what it asked for. */
function heard(publishFails = () => false) {
  const clock = new FakeClock();
  const host = new SparkplugHost();
  const latest = new Map<number, Sample>();
  const readings: string[] = [];
  const complaints: string[] = [];
  const outlet = new NodeOutlet({
    group: 'G',
    node: 'cloud',
    latest: async (tags) => new Map(tags.flatMap((tag) => (latest.has(tag) ? [[tag, latest.get(tag)!]] : []))),
    clock,
    waitingMax: 1_000,
    publish: async (topic, payload) => {
      if (publishFails()) throw new Error('not connected');
      const { readings: read, rejections, rebirths } = host.take(topic, payload, clock.now());
      for (const { source, name, value, unit } of read) readings.push(`${source} ${name}=${value}${unit}`);
      complaints.push(...rejections.map(({ reason }) => reason), ...rebirths.map(({ reason }) => reason));
    },
  });
  outlet.describe(signals);
  const take = (block: SampleBlock) => {
    for (let row = 0; row < block.count; row += 1) latest.set(block.tags[row]!, sampleAt(block, row));
    outlet.take([block]);
  };
  const settled = async () => {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  };
  return { outlet, take, readings, complaints, settled };
}

describe('Sparkplug: the service as an edge node', () => {
  it('is understood by a host: births with the newest values, then data by alias, 64-bit integers exact', async () => {
    const { outlet, take, readings, complaints, settled } = heard();
    take(wide(1_000, 9007199254740993n));
    outlet.will();
    await outlet.born();
    await settled();
    take(numbers(12, 2_000, 20.5, 21.5));
    await settled();
    expect(readings.slice(0, 3)).to.deep.equal([
      'G/cloud/site.line.press pieces=9007199254740993',
      'G/cloud/site.line.press temp=nullCel',
      'G/cloud/site.line.oven temp=nullCel',
    ]);
    expect(readings.slice(-2)).to.deep.equal([
      'G/cloud/site.line.press temp=20.5Cel',
      'G/cloud/site.line.press temp=21.5Cel',
    ]);
    expect(complaints).to.deep.equal([]);
  });

  it('no host ever misses a number, whatever births come in between', async () => {
    const step = fc.oneof(fc.constant('born' as const), fc.integer({ min: 1, max: 1_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { outlet, take, readings, complaints, settled } = heard();
        await outlet.born();
        const sent: number[] = [];
        for (const [place, one] of steps.entries()) {
          if (one === 'born') void outlet.born();
          else {
            take(numbers(13, 1_000 + place, one));
            sent.push(one);
          }
        }
        await outlet.born();
        await settled();
        expect(complaints).to.deep.equal([]);
        const told = new Set(readings);
        for (const value of sent) expect(told).to.include(`G/cloud/site.line.oven temp=${value}Cel`);
      }),
      { numRuns: 40 },
    );
  });

  it('asked for its births a hundred times at once it tells them twice at most', async () => {
    let published = 0;
    const { outlet } = heard(() => {
      published += 1;
      return false;
    });
    await Promise.all(Array.from({ length: 100 }, () => outlet.born()));
    const births = published / 3;
    expect(births).to.be.within(1, 2);
    await outlet.born();
    expect(published / 3 - births, 'and again when it is asked later').to.equal(1);
  });

  it('keeps what could not be said and says it after the next birth; more than it may hold is counted', async () => {
    let away = false;
    const { outlet, take, readings, complaints, settled } = heard(() => away);
    await outlet.born();
    away = true;
    take(numbers(12, 1_000, 1, 2, 3));
    await settled();
    away = false;
    await outlet.born();
    await settled();
    expect(readings.filter((reading) => /temp=[123]Cel/.test(reading))).to.include.members([
      'G/cloud/site.line.press temp=1Cel',
      'G/cloud/site.line.press temp=2Cel',
      'G/cloud/site.line.press temp=3Cel',
    ]);
    expect(complaints).to.deep.equal([]);
    away = true;
    take(numbers(12, 2_000, ...Array.from({ length: 1_500 }, (_, n) => n)));
    await settled();
    expect(outlet.queue.dropped).to.equal(500);
  });
});
