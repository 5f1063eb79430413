import { expect } from 'chai';
import { readEdgeConfig } from '#edge/config';
import { importTags } from '#edge/tag-files/import-tags';

describe('imported tags in a source that is there', () => {
  it('say the order of their bytes where the source says another, but for single bits, which have none', () => {
    const config = `gateway: { name: g }
buffer: { path: b }
sources:
  - { name: press, driver: modbus, host: 10.0.0.5, byteOrder: CDAB, tags: [{ name: x, address: 40001, type: int16 }] }
`;
    const text = `[[inputs.modbus]]
  name = "press"
  controller = "tcp://10.0.0.5:502"
  slave_id = 7
  coils = [{ name = "pump", address = [3] }]
  holding_registers = [{ name = "speed", byte_order = "ABCD", data_type = "INT32", scale = 1.0, address = [5, 6] }]
`;
    const { merged } = importTags({
      file: 'telegraf.conf',
      bytes: new TextEncoder().encode(text),
      driver: undefined,
      source: undefined,
      config: { file: 'edge.yaml', text: config, env: {} },
    });
    const [, pump, speed] = readEdgeConfig('edge.yaml', merged!, {}).sources[0]!.tags;
    expect(pump).to.deep.include({ name: 'pump', unitId: 7, address: { area: 'coil', register: 3 } });
    expect(pump).not.to.have.property('byteOrder');
    expect(speed).to.deep.include({ name: 'speed', unitId: 7, byteOrder: 'ABCD' });
  });
});
