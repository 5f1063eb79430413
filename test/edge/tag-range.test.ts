import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { StatusCode, statusName } from '@gongfu/shared/model/quality';
import { type Sample, sampleAt } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import fc from 'fast-check';
import { SampleColumns } from '#edge/collector/sample-columns';
import { SourceWriter } from '#edge/collector/source-writer';
import { TagTable } from '#edge/collector/tag-table';
import { readEdgeConfig } from '#edge/config';
import { modbusKind } from '#edge/drivers/modbus/kind';
import type { PlannedTag } from '#edge/drivers/modbus/plan';
import { ManualClock } from './collector/manual-clock.ts';
import { decodeImage } from './drivers/modbus/fixtures.ts';

function tagOf(keys: string): PlannedTag {
  const text = `gateway: { name: g }
buffer: { path: b }
sources: [{ name: plc, driver: modbus, host: h, tags: [{ name: a, address: "holding:0", ${keys} }] }]
`;
  return { ...readEdgeConfig('edge.yaml', text, {}).sources[0]!.tags[0]!, number: 1 } as unknown as PlannedTag;
}

function faultsOf(keys: string): string[] {
  try {
    tagOf(keys);
  } catch (error) {
    return (error as Problem).places.map(({ where, what }) => `${where} ${what}`.replace(/.*tags\[0\]\.?/, ''));
  }
  return [];
}

/** What is stored of raw values that follow each other in the registers of a tag. */
function stored(keys: string, raws: readonly (number | bigint)[]): Sample[] {
  const tag = tagOf(keys);
  const table = new TagTable({ name: 's', kind: modbusKind as never, settings: {}, tags: [tag as never] });
  const columns = new SampleColumns({ onFirst() {}, onFull() {}, fullSamples: 1e9 });
  const options = { clock: new ManualClock(), log: silentLogger, onLost() {} };
  const writer = new SourceWriter({ source: 's', table, columns, ...options });
  for (const [i, raw] of raws.entries()) {
    const image = Buffer.alloc(8);
    if (tag.type === 'int64') image.writeBigInt64BE(BigInt(raw));
    else if (tag.type === 'uint64') image.writeBigUInt64BE(BigInt(raw));
    else if (tag.type === 'float64') image.writeDoubleBE(Number(raw));
    else if (tag.type === 'float32') image.writeFloatBE(Number(raw));
    else image.writeUInt16BE(Number(raw) & 0xffff);
    const [sample] = decodeImage([tag], image, 0);
    const { call, status, value } = sample!;
    if (call === 'bad') writer.bad(1, i, status);
    else writer[call](1, i, status, value as never);
  }
  writer.close();
  return columns.take().flatMap((block) => Array.from({ length: block.count }, (_, row) => sampleAt(block, row)));
}

const shown = (keys: string, raws: readonly (number | bigint)[]) =>
  stored(keys, raws).map(({ status, value }) => [statusName(status), value]);

describe('range of a tag', () => {
  it('makes what is outside bad, with a status of its own, and says at which side', () => {
    expect(shown('type: int16, range: { min: -5, max: 40 }', [-5, 40, -6, 41, 0])).to.deep.equal([
      ['Good', -5],
      ['Good', 40],
      ['BadOutOfRange low', null],
      ['BadOutOfRange high', null],
      ['Good', 0],
    ]);
    expect(stored('type: int16, range: { max: 40 }', [41, -32768]).map(({ status }) => status)).to.deep.equal([
      0x803c0600, 0,
    ]);
  });

  it('puts the bound in its place, or keeps it, as uncertain', () => {
    expect(shown('type: int16, range: { min: 0, max: 40, outside: clamp }', [-6, 41, 40])).to.deep.equal([
      ['UncertainEngineeringUnitsExceeded low', 0],
      ['UncertainEngineeringUnitsExceeded high', 40],
      ['Good', 40],
    ]);
    expect(shown('type: float32, range: { min: 0, outside: keep }', [-6, 7])).to.deep.equal([
      ['UncertainEngineeringUnitsExceeded low', -6],
      ['Good', 7],
    ]);
  });

  it('is exact for 64-bit integers', () => {
    const max = 2 ** 53 - 2;
    const over = BigInt(max) + 1n;
    expect(shown(`type: uint64, range: { max: ${max} }`, [over - 1n, over])).to.deep.equal([
      ['Good', over - 1n],
      ['BadOutOfRange high', null],
    ]);
    const clamp = `type: int64, range: { min: -${max}, max: ${max}, outside: clamp }`;
    expect(shown(clamp, [2n ** 63n - 1n, -(2n ** 63n), -over, -7n])).to.deep.equal([
      ['UncertainEngineeringUnitsExceeded high', BigInt(max)],
      ['UncertainEngineeringUnitsExceeded low', -BigInt(max)],
      ['UncertainEngineeringUnitsExceeded low', -BigInt(max)],
      ['Good', -7n],
    ]);
  });

  it('tolerates a millionth of its width where arithmetic is not exact, and nothing for whole numbers', () => {
    const values = [100.00009, 100.00011, -0.00009, -0.00011];
    expect(shown('type: float64, range: { min: 0, max: 100 }', values)).to.deep.equal([
      ['Good', 100.00009],
      ['BadOutOfRange high', null],
      ['Good', -0.00009],
      ['BadOutOfRange low', null],
    ]);
    expect(shown('type: uint64, range: { min: 0, max: 10000000 }', [10_000_001])).to.deep.equal([
      ['BadOutOfRange high', null],
    ]);
  });

  it('comes before the thinning: a value that stays outside is reported once', () => {
    const keys = 'type: int16, deadband: 1, range: { min: 0, max: 40, outside: clamp }';
    expect(shown(keys, [39, 55, 60, 41, 40])).to.deep.equal([
      ['Good', 39],
      ['UncertainEngineeringUnitsExceeded high', 40],
      ['Good', 40],
    ]);
    const door = 'type: float64, swingingDoor: 1, range: { max: 40 }';
    expect(shown(door, [38, 39, 50, 60, 39])).to.deep.equal([
      ['Good', 38],
      ['Good', 39],
      ['BadOutOfRange high', null],
      ['Good', 39],
    ]);
  });

  it('reads a 4–20 mA loop, with a broken wire', () => {
    const loop = (outside: string) =>
      `type: uint16, range: { min: 0, max: 10, outside: ${outside} }, rawRange: { min: 4000, max: 20000, faultBelow: 3600, faultAbove: 21000 }`;
    expect(shown(loop('clamp'), [4000, 12000, 20000, 3999, 3600, 3599, 0, 20001, 21000, 21001])).to.deep.equal([
      ['Good', 0],
      ['Good', 5],
      ['Good', 10],
      ['UncertainEngineeringUnitsExceeded low', 0],
      ['UncertainEngineeringUnitsExceeded low', 0],
      ['BadSensorFailure low', null],
      ['BadSensorFailure low', null],
      ['UncertainEngineeringUnitsExceeded high', 10],
      ['UncertainEngineeringUnitsExceeded high', 10],
      ['BadSensorFailure high', null],
    ]);
    expect(shown(loop('bad'), [3999])[0]).to.deep.equal(['BadOutOfRange low', null]);
  });

  it('may be turned round: the raw value falls while the value rises', () => {
    const keys =
      'type: uint16, range: { min: 0, max: 100 }, rawRange: { min: 20000, max: 4000, faultBelow: 3600, faultAbove: 21000 }';
    expect(shown(keys, [20000, 16000, 4000, 3800, 3500, 20500, 22000])).to.deep.equal([
      ['Good', 0],
      ['Good', 25],
      ['Good', 100],
      ['BadOutOfRange high', null],
      ['BadSensorFailure high', null],
      ['BadOutOfRange low', null],
      ['BadSensorFailure low', null],
    ]);
  });

  it('takes every raw value between the ends, whatever they are, and never one beyond', () => {
    const ends = fc.uniqueArray(fc.integer({ min: 1, max: 65_534 }), { minLength: 2, maxLength: 2 });
    const bounds = fc
      .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }))
      .map(([min, width]) => [min, min + width]);
    fc.assert(
      fc.property(ends, bounds, fc.boolean(), ([from, to], [min, max], clamps) => {
        const keys = `type: uint16, range: { min: ${min}, max: ${max}, outside: ${clamps ? 'clamp' : 'bad'} }, rawRange: { min: ${from}, max: ${to} }`;
        const [lower, upper] = [Math.min(from!, to!), Math.max(from!, to!)];
        const [first, last, below, above] = stored(keys, [from!, to!, lower - 1, upper + 1]);
        const near = (max! - min!) * 1e-6;
        expect(first!.status).to.equal(StatusCode.Good);
        expect(first!.value).to.be.closeTo(min!, near);
        expect(last!.status).to.equal(StatusCode.Good);
        expect(last!.value).to.be.closeTo(max!, near);
        for (const { status, value } of [below!, above!]) {
          expect(status >>> 30).to.equal(clamps ? 1 : 2);
          if (clamps) expect(value).to.be.oneOf([min, max]);
          else expect(value).to.equal(null);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('refuses what makes no sense, with the key', () => {
    const raw = 'range: { min: 0, max: 10 }, rawRange: { min: 4000, max: 20000';
    for (const [keys, fault] of [
      ['type: string, length: 4, range: { max: 1 }', /^range: range needs a number; a string has none/],
      ['type: int16, range: {}', /^range: needs min, max or both/],
      ['type: int16, range: { min: 4, max: 4 }', /^range: min must be less than max/],
      [
        'type: int16, range: { max: 4, outside: clmp }',
        /^range\.outside: must be bad, clamp, keep; found "clmp"; did you mean "clamp"/,
      ],
      ['type: int16, range: { max: 0.5 }', /^range: the bounds of a whole number/],
      ['type: uint64, range: { max: 9007199254740993 }', /^range: the bounds of a whole number/],
      ['type: uint64, range: { max: -1, outside: clamp }', /^range: no uint64 is negative/],
      ['type: int16, rawRange: { min: 4000, max: 20000 }', /^rawRange: rawRange needs to know/],
      ['type: int16, range: { min: 0 }, rawRange: { min: 4000, max: 20000 }', /^rawRange: rawRange needs to know/],
      [`type: int16, scale: 2, ${raw} }`, /^rawRange: rawRange already says/],
      [
        'type: int16, range: { min: 0, max: 10 }, rawRange: { min: 4, max: 4 }',
        /^rawRange: the ends of rawRange must differ/,
      ],
      [`type: int16, ${raw}, faultBelow: 4001 }`, /^rawRange: faultBelow must not be above 4000/],
      [`type: int16, ${raw}, faultAbove: 19999 }`, /^rawRange: faultAbove must not be below 20000/],
    ] as const) {
      expect(faultsOf(keys), keys).to.have.lengthOf(1);
      expect(faultsOf(keys)[0], keys).to.match(fault);
    }
  });
});
