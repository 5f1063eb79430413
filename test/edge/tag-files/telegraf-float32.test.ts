import { expect } from 'chai';
import { importTags } from '#edge/tag-files/import-tags';

describe('FLOAT32 in a configuration of Telegraf, which changed its meaning in 1.37', () => {
  it('is the whole number with a scale it was where it can be nothing else; otherwise it is asked about', () => {
    const text = `[[inputs.modbus]]
  controller = "tcp://10.0.0.5:502"
  slave_id = 1
  holding_registers = [
    { name = "voltage", byte_order = "AB", data_type = "FLOAT32", scale = 0.1, address = [8] },
    { name = "energy", byte_order = "GHEFCDAB", data_type = "FLOAT32", scale = 0.01, address = [10, 11, 12, 13] },
    { name = "power", byte_order = "CDAB", data_type = "FLOAT32", scale = 0.01, address = [20, 21] },
  ]
`;
    const { shown, warnings } = importTags({
      file: 'telegraf.conf',
      bytes: new TextEncoder().encode(text),
      driver: undefined,
      source: undefined,
      config: undefined,
    });
    expect(shown)
      .to.contain('{ name: voltage, address: holding:8, type: uint16, scale: 0.1 }')
      .and.contain('{ name: energy, address: holding:10, type: uint64, byteOrder: GHEFCDAB, scale: 0.01 }')
      .and.contain('{ name: power, address: holding:20, type: float32, byteOrder: CDAB, scale: 0.01 }');
    expect(warnings).to.have.length(1);
    expect(warnings[0]!.where).to.equal('telegraf.conf:7 inputs.modbus[0].holding_registers[2].data_type');
    expect(warnings[0]!.what).to.contain('1.37');
  });
});
