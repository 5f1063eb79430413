import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { readEdgeConfig } from '#edge/config';
import { importTags } from '#edge/tag-files/import-tags';

function imported(value: object) {
  return importTags({
    file: 'tb.json',
    bytes: new TextEncoder().encode(JSON.stringify(value, undefined, '\t')),
    driver: undefined,
    source: undefined,
    config: undefined,
  });
}

function sourcesOf(value: object) {
  const text = `gateway: { name: g }\nbuffer: { path: b }\n${imported(value).shown}`;
  return readEdgeConfig('e', text, { HOST: 'host' }).sources;
}

const point = (tag: string, more: object) => ({
  tag,
  type: '16int',
  functionCode: 3,
  objectsCount: 1,
  address: 1,
  ...more,
});
const slave = {
  host: '10.0.0.5',
  port: 5021,
  type: 'tcp',
  method: 'socket',
  unitId: 4,
  deviceName: 'Press ${TEXT}',
  timeout: 35,
  byteOrder: 'BIG',
  wordOrder: 'LITTLE',
  pollPeriod: 1500,
};

describe('tags out of a connector of the ThingsBoard Gateway', () => {
  it('Modbus: line, types, orders, bits, texts, scales, reporting', () => {
    const [source] = sourcesOf({
      master: {
        slaves: [
          {
            ...slave,
            reportStrategy: { type: 'ON_CHANGE_OR_REPORT_PERIOD', reportPeriod: 60_000 },
            attributes: [point('a', { divider: 10 }), point('same', { type: 'float', objectsCount: 4 })],
            timeseries: [
              point('same', { type: '32float', address: 7, objectsCount: 2, multiplier: 3, divider: 2 }),
              point('little', { type: '32uint', byteOrder: 'LITTLE', wordOrder: 'LITTLE', functionCode: 4 }),
              point('mixed', { type: 'uint', objectsCount: 2, byteOrder: 'LITTLE', wordOrder: 'BIG' }),
              point('half', { type: '8uint', offset: 5 }),
              point('bit', { type: 'bits', bit: 9 }),
              point('coil', { type: 'bits', functionCode: 1, bitTargetType: 'bool' }),
              point('text', { type: 'string', objectsCount: 5, reportStrategy: { type: 'ON_RECEIVED' } }),
            ],
          },
        ],
      },
    });
    expect(source!.name).to.equal('Press ${TEXT}');
    expect(source!.settings).to.include({ host: '10.0.0.5', port: 5021, unitId: 4, timeout: 35_000 });
    const tags = source!.tags as unknown as Record<string, unknown>[];
    const byName = Object.fromEntries(tags.map((tag) => [tag.name, tag]));
    expect(Object.keys(byName)).to.deep.equal([
      'timeseries.same',
      'little',
      'mixed',
      'half',
      'bit',
      'coil',
      'text',
      'a',
      'attributes.same',
    ]);
    const expected = {
      a: { type: 'int16', byteOrder: 'CDAB', scale: 0.1, address: { area: 'holding', register: 1 }, intervalMs: 1500 },
      'attributes.same': { type: 'float64', byteOrder: 'CDAB', heartbeatMs: 60_000, onChange: true },
      'timeseries.same': { type: 'float32', scale: 1.5, address: { area: 'holding', register: 7 } },
      little: { type: 'uint32', byteOrder: 'DCBA', address: { area: 'input', register: 1 } },
      mixed: { type: 'uint32', byteOrder: 'BADC' },
      half: { type: 'uint8', byte: 'high', offset: 5 },
      bit: { type: 'bool', bit: 9 },
      coil: { type: 'bool', address: { area: 'coil', register: 1 } },
      text: { type: 'string', length: 10, onChange: false },
    };
    for (const [name, keys] of Object.entries(expected)) expect(byName[name], name).to.deep.include(keys);
  });

  it('Modbus of the older form: what the devices share, and LITTLE where nothing is said', () => {
    const { host, port, type, method, timeout } = slave;
    const sources = sourcesOf({
      server: {
        host,
        port,
        type,
        method,
        timeout,
        devices: [1, 2].map((unitId) => ({
          unitId,
          deviceName: 'saw',
          timeseriesPollPeriod: 500,
          attributesPollPeriod: 5000,
          sendDataOnlyOnChange: true,
          attributes: [{ tag: 'a', type: 'long', functionCode: 4, registerCount: 2, address: 0 }],
          timeseries: [{ tag: 't', type: '16uint', functionCode: 4, address: 3 }],
        })),
      },
    });
    expect(sources.map(({ name }) => name)).to.deep.equal(['saw', 'saw-2']);
    expect(sources[1]!.settings).to.include({ host, port, unitId: 2, timeout: 35_000 });
    const [t, a] = sources[1]!.tags;
    expect(t).to.deep.include({ name: 't', byteOrder: 'DCBA', intervalMs: 500, onChange: true });
    expect(a).to.deep.include({ name: 'a', type: 'int32', byteOrder: 'DCBA', intervalMs: 5000 });
  });

  it('Modbus over a serial line, and RTU over TCP', () => {
    const timeseries = [point('a', {})];
    const serial = {
      ...slave,
      type: 'serial',
      method: 'rtu',
      port: '/dev/ttyUSB0',
      baudrate: 9600,
      parity: 'E',
      timeseries,
    };
    const [line, tunnel] = sourcesOf({ master: { slaves: [serial, { ...slave, method: 'rtu', timeseries }] } });
    expect(line!.settings).to.deep.include({
      serial: { path: '/dev/ttyUSB0', baudRate: 9600, dataBits: 8, parity: 'even', stopBits: 1 },
    });
    expect(tunnel!.settings).to.include({ host: '10.0.0.5', framing: 'rtu' });
  });

  it('OPC UA: tags by node id; those by path are left out and named', () => {
    const value = {
      server: {
        url: 'opc.tcp://10.0.0.9:4840/x',
        timeoutInMillis: 5000,
        security: 'Basic256Sha256',
        identity: { type: 'basic', username: 'u', password: 'p' },
        showMap: false,
      },
      mapping: [
        {
          deviceNodePattern: 'Root\\.Objects\\.MyObject',
          deviceInfo: { deviceNameExpression: 'robot' },
          timeseries: [
            { key: 'speed', type: 'identifier', value: '${ns=2;s=Robot.Speed}' },
            { key: 'humidity', type: 'path', value: '${Humidity}' },
            { key: 'old', path: '${ns=2;i=5}' },
          ],
          rpc_methods: [],
        },
      ],
    };
    const [source] = sourcesOf(value);
    expect(source!.settings).to.include({ endpoint: value.server.url, securityPolicy: 'Basic256Sha256', user: 'u' });
    const tags = source!.tags as unknown as Record<string, unknown>[];
    expect(tags.map(({ name, nodeId }) => [name, nodeId])).to.deep.equal([
      ['speed', 'ns=2;s=Robot.Speed'],
      ['old', 'ns=2;i=5'],
    ]);
    expect(imported(value).warnings.map(({ where }) => where)).to.deep.equal([
      'tb.json:2 server',
      'tb.json:11 server.showMap',
      'tb.json:15 mapping[0].deviceNodePattern',
      'tb.json:28 mapping[0].timeseries[1].value',
      'tb.json:35 mapping[0].rpc_methods',
    ]);
  });

  it('warns of whatever it does not carry over, with the line', () => {
    const value = {
      master: {
        slaves: [
          {
            ...slave,
            type: 'udp',
            timeseries: [
              point('good', {}),
              point('wide', { address: '1-9' }),
              point('writes', { functionCode: 16 }),
              point('bytes', { type: 'bytes' }),
              point('odd', { colour: 'red', reportStrategy: { type: 'ON_CHANGE_OR_REPORT_PERIOD', reportPeriod: 5 } }),
            ],
            rpc: [],
          },
        ],
      },
      slave: { port: 5026 },
    };
    const { warnings, shown } = imported(value);
    const line = JSON.stringify(value, undefined, '\t').split('\n').indexOf('\t"slave": {') + 1;
    expect(shown)
      .to.contain('host: 10.0.0.5')
      .and.contain('good')
      .and.not.match(/wide|writes|bytes/);
    const lines = warnings.map(({ where, what }) => [where.replace(/^.*slaves\[0\]\./, ''), what.slice(0, 19)]);
    expect(lines).to.deep.equal([
      ['type', 'is not carried over'],
      ['timeseries[1].address', 'the tag is left out'],
      ['timeseries[2].functionCode', 'the tag is left out'],
      ['timeseries[3].type', 'the tag is left out'],
      ['timeseries[4]', 'heartbeat is not ca'],
      ['timeseries[4].colour', 'is not carried over'],
      ['rpc', 'is not carried over'],
      [`tb.json:${line} slave`, 'is not carried over'],
    ]);
  });

  it('says what is wrong with a file that is no JSON, or no connector', () => {
    const placesOf = (text: string) => {
      try {
        importTags({
          file: 'tb.json',
          bytes: new TextEncoder().encode(text),
          driver: undefined,
          source: undefined,
          config: undefined,
        });
      } catch (error) {
        return (error as Problem).places.map(({ where, what }) => `${where} ${what}`.slice(0, 30));
      }
      return [];
    };
    expect(placesOf('{\n  "master": {\n    "slaves": [,]\n}}')).to.deep.equal(['tb.json:3 not readable as JSON']);
    expect(placesOf('{ "broker": { "host": "x" } }')).to.deep.equal([
      'tb.json:1 no connector of Modb',
      'tb.json:1 broker is not carrie',
    ]);
  });
});
