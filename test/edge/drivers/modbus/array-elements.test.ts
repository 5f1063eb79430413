import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { readEdgeConfig } from '#edge/config';
import { configurationVersion } from '#edge/configuration-version';
import type { PlannedTag } from '#edge/drivers/modbus/plan';
import { wireAddresses } from '#edge/plan-text';
import { decodeImage } from './fixtures.ts';

function configOf(...tags: readonly string[]) {
  const list = tags.map((keys) => `      - { ${keys} }`).join('\n');
  const text = `gateway: { name: g }\nbuffer: { path: b }\nsources:\n  - name: plc\n    driver: modbus\n    host: h\n    tags:\n${list}\n`;
  return readEdgeConfig('edge.yaml', text, {});
}

function faultsOf(...tags: readonly string[]): string[] {
  try {
    configOf(...tags);
  } catch (error) {
    return (error as Problem).places.map(({ what, where }) => `${where} ${what}`.replace(/.*\.tags/, 'tags'));
  }
  return [];
}

describe('Modbus array', () => {
  for (const [keys, places] of [
    ['address: "input:10", type: float32', ['FC4 input:10..11', 'FC4 input:12..13', 'FC4 input:14..15']],
    [
      'address: "holding:9", type: uint8, byte: high',
      ['FC3 holding:9 high byte', 'FC3 holding:10 high byte', 'FC3 holding:11 high byte'],
    ],
    ['address: 40001, type: string, length: 5', ['FC3 holding:0..2', 'FC3 holding:3..5', 'FC3 holding:6..8']],
    ['address: "holding:4.14", type: bool', ['FC3 holding:4.14', 'FC3 holding:4.15', 'FC3 holding:5.0']],
    ['address: "holding:4", type: bool', ['FC3 holding:4', 'FC3 holding:5', 'FC3 holding:6']],
    ['address: "coil:7", type: bool', ['FC1 coil:7', 'FC1 coil:8', 'FC1 coil:9']],
    ['address: "discrete:0", type: bool', ['FC2 discrete:0', 'FC2 discrete:1', 'FC2 discrete:2']],
    ['address: "holding:0", type: bcd32', ['FC3 holding:0..1', 'FC3 holding:2..3', 'FC3 holding:4..5']],
  ] as const) {
    it(`of { ${keys} } is one tag after the other`, () => {
      const lines = wireAddresses(configOf(`name: a, ${keys}, count: 3`));
      const type = /type: (\w+)/.exec(keys)![1];
      expect(lines).to.deep.equal(places.map((place, i) => `plc/a[${i}]  unit 1 ${place}  ${type}`));
    });
  }

  it('gives every element its own value and all the keys of the entry', () => {
    const { tags } = configOf('name: a, address: "holding:2", type: int16, scale: 0.1, deadband: 1, count: 4')
      .sources[0]!;
    expect(tags.map(({ name, scale, deadband }) => [name, scale, deadband])).to.deep.equal(
      [0, 1, 2, 3].map((i) => [`a[${i}]`, 0.1, 1]),
    );
    const numbered = tags.map((tag, number) => ({ ...tag, number }) as unknown as PlannedTag);
    const image = Buffer.from('7fff0001fffe0003000480ff', 'hex');
    expect(decodeImage(numbered, image, 1).map(({ value }) => value)).to.deep.equal([
      0.1, -0.2, 0.30000000000000004, 0.4,
    ]);
  });

  it('means the same as its elements written one by one', () => {
    const array = configOf('name: a, address: "holding:2", type: int32, count: 2');
    const single = configOf(
      'name: "a[0]", address: "holding:2", type: int32',
      'name: "a[1]", address: "holding:4", type: int32',
    );
    expect(configurationVersion(array)).to.equal(configurationVersion(single));
  });

  it('is refused once, at its own line, where an element is wrong', () => {
    const a = 'name: a, address: "holding:2", type: int32';
    expect(faultsOf(`${a}, count: 0`)).to.have.lengthOf(1);
    expect(faultsOf(`${a}, count: 2001`)).to.have.lengthOf(1);
    expect(
      faultsOf('name: z, address: "coil:0", type: bool', 'name: a, address: "holding:65500", type: int32, count: 30'),
    ).to.deep.equal(['tags[1].address: holding:65536 with 2 registers ends past holding:65535']);
    expect(faultsOf('name: a, address: "holding:1", type: string, count: 3')).to.deep.equal([
      'tags[0].length: a string needs its length in bytes',
    ]);
    expect(faultsOf('name: "a[1]", address: "coil:1", type: bool', `${a}, count: 3`)).to.deep.equal([
      'tags[1].name: a tag named "a[1]" is there already, as number 1 of the list',
    ]);
    expect(faultsOf(`name: ${'n'.repeat(198)}, address: "coil:1", type: bool, count: 2`)).to.deep.equal([
      'tags[0].name: with the number of an element it has more than 200 characters',
    ]);
    expect(faultsOf(`name: ${'n'.repeat(197)}, address: "coil:1", type: bool, count: 10`)).to.deep.equal([]);
  });
});
