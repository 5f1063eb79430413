import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { readEdgeConfig } from '#edge/config';
import { collectorSources, declarationsOf } from '#edge/declaration';

const head = 'gateway: { name: gw-1 }\nbuffer: { path: ./data }\n';

function faults(text: string): string[] {
  try {
    readEdgeConfig('edge.yaml', text, {});
  } catch (error) {
    return (error as Problem).places.map(({ where, what }) => `${where.replace('edge.yaml:', '')} ${what}`);
  }
  throw new Error('the text was accepted');
}

describe('edge configuration', () => {
  it('has a default for whatever may be left out', () => {
    const config = readEdgeConfig(
      'edge.yaml',
      `${head}sources:
  - { name: plc, driver: modbus, host: h, tags: [{ name: a, address: "holding:0", type: int16 }] }
`,
      {},
    );
    expect(config).to.deep.include({
      buffer: { path: './data', maxBytes: 2 ** 31, onFull: 'drop-oldest', commitInterval: 50 },
      status: { host: '127.0.0.1', port: 8081 },
      log: { level: 'info' },
    });
    expect(config.sources[0]!.tags[0]).to.deep.include({
      name: 'a',
      kind: 'number',
      intervalMs: 1000,
      heartbeatMs: 10_000,
      scale: 1,
      offset: 0,
      deadband: null,
      onChange: false,
      scaled: false,
    });
  });

  it('names everything that is wrong at once, common keys and driver keys alike', () => {
    const text = `${head}devices: []
sources:
  - name: plc
    driver: modbus
    hots: h
    port: 99999
    interval: 1
    tags:
      - { name: a, adress: "holding:0", type: int16 }
      - { name: a, address: "holding:70000", type: int17 }
      - { name: s, address: "holding:9", type: string, length: 4, deadband: 1 }
  - name: plc
    driver: modbuss
    tags: []
  - { name: c }
`;
    expect(faults(text)).to.deep.equal([
      '3:1 unknown key "devices"; did you mean "sources"?',
      '5:5 sources[0].host: is missing; a source is reached by host, by serial or by listen',
      '7:5 sources[0]: unknown key "hots"; did you mean "host"?',
      '8:11 sources[0].port: Too big: expected number to be <=65535',
      '9:15 sources[0].interval: must be a duration with its unit, as "250ms", "1s", "10m" or "2h"',
      '11:9 sources[0].tags[0].address: is missing',
      '11:20 sources[0].tags[0]: unknown key "adress"; did you mean "address"?',
      '12:17 sources[0].tags[1].name: a tag named "a" is there already, as number 1 of the list',
      ...faults(text).filter((line) => line.includes('tags[1].address')),
      '12:52 sources[0].tags[1].type: must be bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64, string, float16, bcd16, bcd32; found "int17"; did you mean "int16"?',
      '13:77 sources[0].tags[2].deadband: deadband needs a number; a string has none',
      '14:11 sources[1].name: a source named "plc" is there already, as number 1 of the list',
      '15:13 sources[1].driver: driver "modbuss" is unknown; known: modbus, opcua, derived; did you mean "modbus"?',
      '17:5 sources[2]: driver is missing; known: modbus, opcua, derived',
    ]);
    expect(faults(text).filter((line) => line.includes('tags[1].address'))).to.have.length(1);
  });

  it('lets nobody write at the gateway unless told, and not where nothing is written', () => {
    const commands = (text: string) =>
      readEdgeConfig('edge.yaml', `${head}sources: []\ncommands: ${text}\n`, {}).commands;
    expect(commands('{ enabled: true }')).to.deep.equal({ enabled: true, local: false });
    expect(commands('{ enabled: true, local: true }')).to.deep.equal({ enabled: true, local: true });
    expect(faults(`${head}sources: []\ncommands: { enabled: false, local: true }\n`)).to.deep.equal([
      '4:36 commands.local: needs enabled: true, as nothing is written without it',
    ]);
  });

  it('refuses names that are no line, or longer than a name', () => {
    const text = `${head}sources:
  - name: "pl\\0c"
    driver: modbus
    host: h
    tags:
      - { name: ${'n'.repeat(201)}, address: "coil:1", type: bool }
`;
    expect(faults(text)).to.deep.equal([
      '4:11 sources[0].name: must hold no control characters and no halves of characters',
      '8:17 sources[0].tags[0].name: Too big: expected string to have <=200 characters',
    ]);
  });

  it('shows what only the driver can judge at its line', () => {
    const text = `${head}sources:
  - name: plc
    driver: modbus
    host: h
    tags:
      - { name: ok, address: "holding:5", bit: 3, type: bool }
      - { name: no, address: "coil:5", bit: 3, type: bool }
`;
    expect(faults(text)).to.have.length(1);
    expect(faults(text)[0]).to.match(/^9:\d+ sources\[0\]\.tags\[1\]\.bit: /);
  });

  it('declares each tag with its longest silence and gives the collector the numbers', () => {
    const { sources } = readEdgeConfig(
      'edge.yaml',
      `${head}sources:
  - name: plc
    driver: modbus
    host: h
    interval: 500ms
    tags:
      - { name: a, address: "holding:0", type: int16, scale: 0.1, unit: Cel }
      - { name: b, address: "holding:1", type: int64, onChange: true, heartbeat: 5s }
  - name: line
    driver: opcua
    endpoint: opc.tcp://h:4840
    tags: [{ name: a, nodeId: "ns=2;s=A", type: int64, scale: 2 }]
`,
      {},
    );
    const declared = declarationsOf(sources).map((tag, place) => ({ ...tag, number: place + 7 }));
    expect(
      declared.map(({ number, source, scaled, maxSilentMs }) => [number, source, scaled, maxSilentMs]),
    ).to.deep.equal([
      [7, 'plc', true, 500],
      [8, 'plc', false, 5500],
      [9, 'line', true, 10_000],
    ]);
    const [plc, line] = collectorSources(sources, declared);
    expect(plc!.tags.map(({ number, kind }) => [number, kind])).to.deep.equal([
      [7, 'number'],
      [8, 'integer64'],
    ]);
    expect(line).to.deep.include({ name: 'line' });
    expect(line!.tags[0]).to.include({ number: 9, kind: 'number', scale: 2 });
  });
});
