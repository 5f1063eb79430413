import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { readEdgeConfig } from '#edge/config';
import { configurationVersion } from '#edge/configuration-version';

const head = `gateway: { name: gw-1 }
buffer: { path: ./data }
sources:
  - { name: hall, driver: modbus, host: h, tags: [{ name: mode, address: "holding:0", type: string, length: 4 }] }
  - name: press
    driver: modbus
    host: h
    tags:
      - { name: door, address: "coil:0", type: bool }
      - { name: count, address: "holding:0", type: uint64 }
      - `;

/** A configuration with one more tag. */
const parse = (tag: string) => readEdgeConfig('edge.yaml', `${head}${tag}\n`, {});
const tagOf = (tag: string) => parse(tag).sources[1]!.tags.at(-1)!;

function faults(tag: string): string[] {
  try {
    parse(tag);
  } catch (error) {
    return (error as Problem).places.map(({ what }) => what.replace(/^sources\[1\]\.tags\[\d\]\./, ''));
  }
  return [];
}

describe('tags that may be written', () => {
  it('have bounds of their own or those of their range, and interlocks', () => {
    expect(tagOf('{ name: a, address: "holding:1", type: int16, write: { min: -3, max: 7 } }').write).to.deep.equal({
      minimum: -3,
      maximum: 7,
      interlocks: [],
    });
    const ranged = '{ name: a, address: "holding:1", type: int16, range: { min: 0, max: 9 }, write: { max: 5 } }';
    expect(tagOf(ranged).write).to.deep.include({ minimum: 0, maximum: 5 });
    const locked =
      '{ name: a, address: "coil:1", type: bool, write: { interlock: [{ tag: door, equals: false }, { source: hall, tag: mode, equals: auto }, { tag: count, above: 1, below: 5 }] } }';
    expect(tagOf(locked).write).to.deep.equal({
      minimum: null,
      maximum: null,
      interlocks: [
        { tag: 'door', equals: false },
        { source: 'hall', tag: 'mode', equals: 'auto' },
        { tag: 'count', above: 1, below: 5 },
      ],
    });
    const many = '{ name: a, address: "holding:9", type: int16, count: 2, write: { min: 0, max: 1 } }';
    expect(parse(many).sources[1]!.tags.filter(({ write }) => write !== undefined)).to.have.lengthOf(2);
  });

  it('are refused where they could not be written safely, each with its reason', () => {
    const bad: [string, RegExp][] = [
      ['address: "holding:1", type: int16, write: {}', /needs min and max/],
      ['address: "holding:1", type: int16, write: { min: 0 }', /needs min and max/],
      ['address: "holding:1", type: int16, write: { min: 2, max: 1 }', /min must not be above max/],
      ['address: "holding:1", type: int16, range: { max: 5 }, write: { min: 0, max: 6 }', /wider than range/],
      ['address: "coil:1", type: bool, write: { min: 0 }', /a bool has no min and max/],
      ['address: "discrete:1", type: bool, write: {}', /discrete \(function 2\) can only be read/],
      ['address: "input:1", type: int16, write: { min: 0, max: 1 }', /input \(function 4\) can only be read/],
      ['address: "holding:1", type: int64, scale: 2, write: { min: 0, max: 1 }', /scaled int64/],
      ['address: "holding:1", type: string, length: 5, write: {}', /ends in half a register/],
      ['address: "holding:1", type: string, length: 248, write: {}', /one write takes 246 bytes/],
      [
        'address: "coil:1", type: bool, write: { interlock: { tag: dor, equals: true } }',
        /a tag "dor", which press does/,
      ],
      ['address: "coil:1", type: bool, write: { interlock: { source: x, tag: y, equals: 1 } }', /a source "x"/],
      [
        'address: "coil:1", type: bool, write: { interlock: { tag: door, equals: 1 } }',
        /is a bool, so equals is a boolean/,
      ],
      ['address: "coil:1", type: bool, write: { interlock: { tag: door, above: 1 } }', /is a bool, so use equals/],
      ['address: "coil:1", type: bool, write: { interlock: { tag: door } }', /needs equals/],
      ['address: "coil:1", type: bool, write: { interlock: { tag: count, equals: 1, above: 0 } }', /needs equals/],
      [
        'address: "coil:1", type: bool, write: { interlock: { tag: count, above: 5, below: 5 } }',
        /nothing is above and below/,
      ],
      ['address: "coil:1", type: bool, write: { interlok: 1 }', /interlok/],
    ];
    for (const [keys, what] of bad) {
      const found = faults(`{ name: a, ${keys} }`);
      expect(found, keys).to.have.lengthOf(1);
      expect(found[0], keys).to.match(what);
    }
  });

  it('are no fields of a structure of an OPC UA server', () => {
    for (const part of ['field: Where.X', 'element: 1, field: Where.X']) {
      const text = `gateway: { name: g }
buffer: { path: b }
sources:
  - name: robot
    driver: opcua
    endpoint: "opc.tcp://h:4840"
    tags:
      - { name: a, nodeId: "ns=2;s=A", type: bool, write: {} }
      - { name: b, nodeId: "ns=2;s=B", type: bool, ${part}, write: {} }
`;
      expect(() => readEdgeConfig('edge.yaml', text, {}))
        .to.throw()
        .with.property('places')
        .that.satisfies((places: { what: string }[]) => places.length === 1 && /is not written/.test(places[0]!.what));
    }
  });

  it('are no derived tags, and hang on none', () => {
    const text = `gateway: { name: g }
buffer: { path: b }
sources:
  - name: plc
    driver: modbus
    host: h
    tags:
      - { name: a, address: "coil:0", type: bool, write: { interlock: { source: sums, tag: b, equals: true } } }
  - name: sums
    driver: derived
    tags:
      - { name: b, type: bool, expression: "plc.a", write: {} }
      - { name: c, type: bool, expression: "plc.a" }
`;
    const places = (bad: string): string[] => {
      try {
        readEdgeConfig('edge.yaml', bad, {});
      } catch (error) {
        return (error as Problem).places.map(({ what }) => what);
      }
      return [];
    };
    expect(places(text).join()).to.match(/tags\[0\]\.write: this driver writes nothing/);
    expect(places(text.replace('"plc.a", write: {}', '"plc.a"')).join()).to.match(
      /of which no tag can be read right before/,
    );
  });

  it('do not change the version of a configuration that has none', () => {
    const plain = parse('{ name: a, address: "holding:1", type: int16 }');
    expect(Object.keys(plain)).to.not.include('commands');
    expect(plain.sources[1]!.tags.at(-1)).to.not.have.property('write');
    expect(configurationVersion(plain)).to.not.equal(
      configurationVersion(parse('{ name: a, address: "holding:1", type: int16, write: { min: 0, max: 1 } }')),
    );
  });
});
