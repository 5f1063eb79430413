import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { readEdgeConfig } from '#edge/config';
import type { ModbusSource } from '#edge/drivers/modbus/config';
import { framingOf } from '#edge/drivers/modbus/transport-config';

function read(keys: string): ModbusSource {
  const text = `gateway: { name: gw-1 }
buffer: { path: ./data }
sources:
  - name: plc
    driver: modbus
    ${keys.split('\n').join('\n    ')}
    tags: [{ name: a, address: "holding:0", type: int16 }]
`;
  return readEdgeConfig('edge.yaml', text, {}).sources[0]!.settings as ModbusSource;
}

function faults(keys: string): string[] {
  try {
    read(keys);
  } catch (error) {
    return (error as Problem).places.map(({ what }) => what.replace('sources[0].', '').replace(': ', ' '));
  }
  throw new Error(`accepted: ${keys}`);
}

describe('Modbus ways to a source', () => {
  const framings: [keys: string, framing: string][] = [
    ['host: h', 'tcp'],
    ['host: h\nframing: rtu', 'rtu'],
    ['host: h\nframing: ascii', 'ascii'],
    ['serial: { path: /dev/ttyS0 }', 'rtu'],
    ['serial: { path: /dev/ttyS0, dataBits: 7, parity: even }\nframing: ascii', 'ascii'],
    ['listen: { port: 1502 }', 'rtu'],
    ['listen: { port: 1502 }\nframing: tcp', 'tcp'],
  ];
  for (const [keys, framing] of framings) {
    it(`${keys.replace('\n', ', ')} is read in ${framing}`, () => {
      expect(framingOf(read(keys))).to.equal(framing);
    });
  }

  it('bytes a device sends are text or hex', () => {
    const { listen } = read('listen: { port: 1502, registration: modem-1, keepAlive: "hex:00ff0d" }');
    expect(listen).to.include({ registration: 'modem-1', keepAlive: '\u0000\u00ff\r' });
  });

  const refused: [keys: string, fault: RegExp][] = [
    ['unitId: 1', /^host is missing; a source is reached by host, by serial or by listen/],
    ['host: h\nserial: { path: /dev/ttyS0 }', /^serial.* one of host, serial and listen/],
    ['host: h\nlisten: { port: 1502 }', /^listen.* one of host, serial and listen/],
    ['serial: { path: /dev/ttyS0 }\nframing: tcp', /^framing.*rtu or ascii/],
    ['serial: { path: /dev/ttyS0, dataBits: 7 }', /^serial\.dataBits.*8 data bits/],
    ['host: h\nframing: rtu\nmaxInFlight: 2', /^maxInFlight.*needs framing tcp/],
    ['listen: { port: 1502 }\nconnections: 2', /^connections.*needs host/],
    ['serial: { path: /dev/ttyS0 }\nbackup: { host: h }', /^backup.*needs host/],
    ['host: h\nsilence: 5ms', /^silence.*no meaning with framing tcp/],
    ['listen: { port: 1502, registration: "hex:0" }', /^listen\.registration.*hex:01a2/],
    ['serial: { path: /dev/ttyS0, parity: mark }', /^serial\.parity/],
    [
      'serial: { path: /dev/ttyS0, baudRate: 300 }\ninterval: 100ms',
      /^interval.*1 request, 1 unit, 300 baud.*Raise interval/,
    ],
    ['host: h\nillegal: ["holding:9..3"]', /^illegal.*does not end behind its beginning/],
    ['host: h\nillegal: ["holding:0..3"]', /^tags\[0\]\.address.*illegal/],
  ];
  for (const [keys, fault] of refused) {
    it(`refuses ${keys.replace('\n', ', ')}`, () => {
      const told = faults(keys);
      expect(told).to.have.length(1);
      expect(told[0]).to.match(fault);
    });
  }
});
