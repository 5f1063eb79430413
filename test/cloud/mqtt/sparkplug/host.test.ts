import { expect } from 'chai';
import fc from 'fast-check';
import { DataType } from '#cloud/mqtt/sparkplug/data-type';
import { rebirthCommand, SparkplugHost } from '#cloud/mqtt/sparkplug/host';
import { decodePayload, encodePayload } from '#cloud/mqtt/sparkplug/payload';
import { RebirthBudget } from '#cloud/mqtt/sparkplug/rebirth-budget';

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

  it('names what cannot be read, and a node too many', () => {
    const host = new SparkplugHost({ nodesMax: 1 });
    const [rejection] = host.take('spBv1.0/G/NDATA/N', new TextEncoder().encode('{"a":1}'), 1).rejections;
    expect(rejection).to.include({ where: 'spBv1.0/G/NDATA/N' });
    expect(rejection!.reason).to.contain('cannot be read');
    expect(host.take('spBv1.0/G/NDATA/M', blind, 1).rejections[0]!.reason).to.equal('more than 1 edge nodes');
  });
});
