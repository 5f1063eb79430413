import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import fc from 'fast-check';
import { DataType } from '#cloud/mqtt/sparkplug/data-type';
import { metricValue } from '#cloud/mqtt/sparkplug/metric-value';
import { decodePayload, encodePayload, type OwnMetric } from '#cloud/mqtt/sparkplug/payload';
import { field, metricBytes, payloadBytes } from '../../../kit/sparkplug-bytes.ts';

const carriers = ['intValue', 'longValue'] as const;

function carry(value: bigint | number, carrier: OwnMetric['carrier'], datatype: number) {
  const bytes = encodePayload({ time: 1, sequence: 0, metrics: [{ name: 'm', time: 1, datatype, value, carrier }] });
  return metricValue(decodePayload(bytes).metrics[0]!, datatype);
}

describe('Sparkplug payload', () => {
  it('carries 64-bit integers exactly, signed and unsigned', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(carry(value, 'longValue', DataType.Int64)).to.deep.equal({ type: 'int64', value, status: 0 });
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(carry(value, 'longValue', DataType.UInt64)).to.deep.equal({ type: 'uint64', value, status: 0 });
      }),
    );
  });

  it('reads small integers in either field and in either width of the two’s complement', () => {
    const signed = [
      [DataType.Int8, 'int8', 8],
      [DataType.Int16, 'int16', 16],
      [DataType.Int32, 'int32', 32],
    ] as const;
    for (const [datatype, type, bits] of signed) {
      fc.assert(
        fc.property(
          fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }),
          fc.constantFrom(...carriers),
          fc.boolean(),
          (value, carrier, narrow) => {
            const carried = narrow ? BigInt.asUintN(bits, BigInt(value)) : BigInt(value);
            const sent = carrier === 'intValue' ? Number(BigInt.asUintN(32, carried)) : carried;
            expect(carry(sent, carrier, datatype)).to.deep.equal({ type, value, status: 0 });
          },
        ),
      );
    }
  });

  it('refuses integers that do not fit their type, and values of another kind, by name', () => {
    expect(carry(300, 'intValue', DataType.UInt8)).to.match(/^UInt8 does not hold the number 300/);
    expect(carry(70_000, 'intValue', DataType.Int16)).to.match(/^Int16 does not hold/);
    const text = { name: 'm', isHistorical: false, isTransient: false, isNull: false, carried: 'on' };
    expect(metricValue(text, DataType.Boolean)).to.equal('Boolean does not hold the string on');
    expect(metricValue(text, DataType.DataSet)).to.equal('DataSet is not a single value');
    expect(metricValue(text, 25)).to.equal('array type 25 is not a single value');
  });

  it('shows null, NaN and bad quality as bad, without a value; stale as uncertain', () => {
    const metric = { name: 'm', isHistorical: false, isTransient: false, isNull: false, carried: 1.5 };
    const read = (more: object) => metricValue({ ...metric, ...more }, DataType.Double);
    expect(read({ isNull: true, carried: undefined })).to.include({ value: null, status: 0x80320000 });
    expect(read({ carried: Number.NaN })).to.include({ value: null, status: 0x803c0000 });
    expect(read({ quality: 0 })).to.include({ value: null, status: 0x80000000 });
    expect(read({ quality: 500 })).to.include({ value: 1.5, status: 0x40900000 });
    expect(read({ quality: 192 })).to.include({ value: 1.5, status: 0 });
  });

  it('answers any bytes with a payload or one clear problem', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodePayload(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(Problem);
          expect((error as Problem).code).to.equal('sparkplug-undecodable');
        }
      }),
    );
  });

  it('what is wrong with one metric is wrong with it alone', () => {
    const metrics = [
      metricBytes({ name: 'good', time: 5, value: 1 }),
      metricBytes({ name: Uint8Array.of(0x61, 0xff), alias: 3, value: 2 }),
      metricBytes({ name: 'text', value: Uint8Array.of(0xc3, 0x28) }),
      metricBytes({ name: 'a\0b', value: 3 }),
      metricBytes({ name: 'n'.repeat(300), value: 4 }),
      metricBytes({ name: 'far', time: 2n ** 64n - 1n, value: 5 }),
      Buffer.concat([metricBytes({ name: 'properties', value: 6 }), field(9, Uint8Array.of(0x0a, 0xff))]),
      Buffer.concat([
        metricBytes({ name: 'many', value: 7 }),
        field(9, Buffer.concat(new Array(201).fill(field(2, '')))),
      ]),
      metricBytes({ name: 'also good', value: 8 }),
    ];
    const read = decodePayload(payloadBytes({ time: 2n ** 63n, sequence: 1, metrics }));
    expect(read.time).to.equal(2 ** 63);
    expect(read.metrics.map(({ fault, carried }) => fault ?? carried)).to.deep.equal([
      1,
      'alias 3: the name is not UTF-8',
      'text: the text is not UTF-8',
      'a\0b: the name must hold no control characters and no halves of characters',
      `${'n'.repeat(80)}: the name has 300 characters, at most 200`,
      5,
      'properties: its properties cannot be read',
      'many: its properties cannot be read',
      8,
    ]);
    expect(read.metrics[5]).to.include({ time: 2 ** 64 });
  });

  it('a million metrics are refused before anything is made of them', () => {
    const bytes = Buffer.concat(new Array(1_000_000).fill(field(2, '')));
    const before = process.memoryUsage().heapUsed;
    expect(() => decodePayload(bytes)).to.throw(Problem, '1000000 metrics, at most 100000');
    expect(process.memoryUsage().heapUsed - before).to.be.lessThan(50 * 1024 ** 2);
  });

  it('zero is said, not left out: as number of the message, alias and value', () => {
    const metric = { alias: 0, time: 0, datatype: DataType.Boolean, value: false, carrier: 'booleanValue' } as const;
    const bytes = encodePayload({
      time: 0,
      sequence: 0,
      metrics: [metric, { ...metric, value: 0, carrier: 'doubleValue' }],
    });
    const { time, sequence, metrics } = decodePayload(bytes);
    expect({ time, sequence }).to.deep.equal({ time: 0, sequence: 0 });
    expect(metrics.map(({ alias, carried }) => [alias, carried])).to.deep.equal([
      ['0', false],
      ['0', 0],
    ]);
    expect([...bytes.slice(-2)], 'field 3 with the value 0, on the wire').to.deep.equal([0x18, 0]);
  });

  it('keeps names, aliases beyond 2^53, units and flags', () => {
    const metric = {
      name: 'Oil/Temperature',
      alias: 7,
      time: 5,
      datatype: DataType.Float,
      unit: 'Cel',
      isHistorical: true,
    };
    const bytes = encodePayload({
      time: 4,
      sequence: 255,
      metrics: [{ ...metric, value: 21.5, carrier: 'floatValue' }],
    });
    const { time, sequence, metrics } = decodePayload(bytes);
    expect({ time, sequence }).to.deep.equal({ time: 4, sequence: 255 });
    expect(metrics[0]).to.include({
      name: metric.name,
      alias: '7',
      time: 5,
      unit: 'Cel',
      isHistorical: true,
      carried: 21.5,
    });
  });
});
