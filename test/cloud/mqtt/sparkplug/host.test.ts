import { expect } from 'chai';
import fc from 'fast-check';
import { DataType } from '#cloud/mqtt/sparkplug/data-type';
import { rebirthCommand, SparkplugHost } from '#cloud/mqtt/sparkplug/host';
import { decodePayload, encodePayload } from '#cloud/mqtt/sparkplug/payload';
import { RebirthBudget } from '#cloud/mqtt/sparkplug/rebirth-budget';
import { metricBytes, payloadBytes } from '../../../kit/sparkplug-bytes.ts';

const blind = encodePayload({
  time: 1,
  sequence: 5,
  metrics: [{ alias: 3, time: 1, datatype: DataType.Int32, value: 1, carrier: 'intValue' }],
});

describe('Sparkplug host', () => {
  it('asks a node by its own topic, and ever more rarely while no birth comes', () => {
    const host = new SparkplugHost();
    const askedAt: number[] = [];
    for (let second = 0; second < 600; second += 1) {
      const { rebirths } = host.take('spBv1.0/G/NDATA/N', blind, second * 1_000);
      if (rebirths.length > 0) askedAt.push(second);
      for (const { topic } of rebirths) expect(topic).to.equal('spBv1.0/G/NCMD/N');
    }
    expect(askedAt).to.deep.equal([0, 5, 15, 35, 75, 155, 315]);
  });

  it('never asks a whole plant at once', () => {
    const budget = new RebirthBudget();
    const asked = Array.from({ length: 5_000 }, (_, index) => budget.take(`n${index}`, 0)).filter(Boolean);
    expect(asked).to.have.length(200);
  });

  it('the command is a true Node Control/Rebirth', () => {
    expect(decodePayload(rebirthCommand(7)).metrics[0]).to.include({
      name: 'Node Control/Rebirth',
      datatype: DataType.Boolean,
      carried: true,
    });
  });

  it('answers any topic and any bytes without failing', () => {
    const host = new SparkplugHost({ nodesMax: 50 });
    const part = fc.constantFrom('spBv1.0', 'G', 'NBIRTH', 'DDATA', 'NDEATH', 'DBIRTH', 'STATE', '', '__proto__', 'N');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.uint8Array({ maxLength: 60 }), (parts, bytes) => {
        host.take(parts.join('/'), bytes, 1);
      }),
    );
  });

  it('answers any metrics in any message without failing, and goes on', () => {
    const carried = fc.oneof(fc.double(), fc.string(), fc.uint8Array({ maxLength: 8 }), fc.constant(null));
    const metric = fc.record(
      {
        name: fc.oneof(fc.constantFrom('bdSeq', 'n', '__proto__', ''), fc.string(), fc.uint8Array({ maxLength: 8 })),
        alias: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        time: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        datatype: fc.integer({ min: 0, max: 40 }),
        value: carried,
      },
      { requiredKeys: ['value'] },
    );
    const message = fc.record({
      kind: fc.constantFrom('NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH/N/D', 'DDATA/N/D', 'DDEATH/N/D'),
      time: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      sequence: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
      metrics: fc.array(metric, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        const host = new SparkplugHost();
        let now = 1_000;
        for (const { kind, time, sequence, metrics } of messages) {
          now += 1_000;
          const bytes = payloadBytes({ time, sequence, metrics: metrics.map(metricBytes) });
          const { gaps } = host.take(`spBv1.0/G/${kind.includes('/') ? kind : `${kind}/N`}`, bytes, now);
          for (const { fromTime, toTime } of [...gaps, ...host.expire(now).gaps]) {
            expect(fromTime).to.be.within(0, toTime);
            expect(new Date(toTime).toISOString()).to.match(/^\d{4}-/);
          }
        }
        const birth = payloadBytes({ time: now, sequence: 0, metrics: [metricBytes({ name: 'last', value: 1 })] });
        const { readings } = host.take('spBv1.0/G/NBIRTH/N', birth, now);
        expect(readings.map(({ name }) => name)).to.include('last');
      }),
      { numRuns: 300 },
    );
  });

  it('refuses names of sources nobody could store, and topics of other shapes, but not what is for others', () => {
    const host = new SparkplugHost({ nodesMax: 1 });
    const reason = (topic: string) => host.take(topic, blind, 1).rejections[0]?.reason;
    expect(reason(`spBv1.0/G/NDATA/${'n'.repeat(65_000)}`)).to.contain('has 65002 characters, at most 200');
    expect(reason(`spBv1.0/G/DDATA/N/${'d'.repeat(200)}`)).to.contain('at most 200');
    expect(reason('spBv1.0/G/NDATA/a\u0001')).to.contain('control characters');
    for (const odd of ['spBv1.0/G/NDATA', 'spBv1.0/G/NDATA/N/D', 'spBv1.0//NDATA/N', 'spBv1.0/STATE'])
      expect(reason(odd), odd).to.equal('no topic of Sparkplug B');
    for (const other of ['spBv1.0/STATE/scada', 'spBv1.0/G/NCMD/N', 'spBv1.0/G/DCMD/N/D'])
      expect(reason(other), other).to.equal(undefined);
    expect(reason('spBv1.0/G/NDATA/N')).to.equal('alias 3 was named by no birth');
  });

  it('whoever comes under ever new names and is never born keeps out nobody who is', () => {
    const host = new SparkplugHost({ nodesMax: 2 });
    const birth = (name: string) => payloadBytes({ time: 1, sequence: 0, metrics: [metricBytes({ name, value: 1 })] });
    for (let n = 0; n < 100; n += 1) host.take(`spBv1.0/G/NDATA/stranger${n}`, blind, n);
    for (const node of ['A', 'B'])
      expect(host.take(`spBv1.0/G/NBIRTH/${node}`, birth('n'), 200).readings).to.have.length(1);
    expect(host.take('spBv1.0/G/NBIRTH/C', birth('n'), 300).rejections[0]!.reason).to.equal('more than 2 edge nodes');
  });

  it('remembers no more names than there is room for, of all nodes together, and takes them when they are free again', () => {
    const host = new SparkplugHost({ namesMax: 10 });
    const birth = (node: string, names: number) => {
      const metrics = Array.from({ length: names }, (_, n) => metricBytes({ name: `n${n}`, alias: n, value: n }));
      return host.take(`spBv1.0/G/NBIRTH/${node}`, payloadBytes({ time: 1, sequence: 0, metrics }), 1);
    };
    expect(birth('A', 4).rejections).to.deep.equal([]);
    expect(birth('B', 4).rejections.map(({ reason }) => reason)).to.deep.equal(
      [1, 2, 3].map((n) => `n${n}: no room for more metrics of all nodes together`),
    );
    expect(birth('A', 1).rejections).to.deep.equal([]);
    expect(birth('B', 4).rejections).to.deep.equal([]);
  });

  it('names what cannot be read, and a node too many', () => {
    const host = new SparkplugHost({ nodesMax: 1 });
    const [rejection] = host.take('spBv1.0/G/NDATA/N', new TextEncoder().encode('{"a":1}'), 1).rejections;
    expect(rejection).to.include({ where: 'spBv1.0/G/NDATA/N' });
    expect(rejection!.reason).to.contain('cannot be read');
    const birth = payloadBytes({ time: 1, sequence: 0, metrics: [] });
    for (const node of ['N', 'M']) host.take(`spBv1.0/G/NBIRTH/${node}`, birth, 1);
    expect(host.take('spBv1.0/G/NDATA/M', blind, 1).rejections[0]!.reason).to.equal('more than 1 edge nodes');
  });
});
