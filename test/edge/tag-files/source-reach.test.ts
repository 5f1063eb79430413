import { expect } from 'chai';
import { readEdgeConfig } from '#edge/config';
import { importTags } from '#edge/tag-files/import-tags';

const head = 'gateway: { name: g }\nbuffer: { path: b }\n';

function settingsOf(file: string, text: string, config?: string) {
  const { shown, merged } = importTags({
    file,
    bytes: new TextEncoder().encode(text),
    driver: undefined,
    source: undefined,
    config: config === undefined ? undefined : { file: 'edge.yaml', text: config, env: {} },
  });
  return readEdgeConfig('e', merged ?? head + shown, {}).sources[0]!.settings as Record<string, unknown>;
}

describe('how a source of imported tags is reached', () => {
  for (const way of ['serial: { path: /dev/ttyS1 }', 'listen: { port: 5020 }']) {
    it(`a table goes into a source with ${way}`, () => {
      const config = `${head}sources:\n  - { name: plc, driver: modbus, ${way}, tags: [{ name: x, address: 40001, type: int16 }] }\n`;
      expect(settingsOf('plc.csv', 'name,type,address\ny,int16,40002', config)).to.include.keys(way.split(':')[0]!);
    });
  }

  it('Telegraf: a serial line with its settings, and RTU or ASCII over TCP', () => {
    const conf = (line: string) => `[[inputs.modbus]]
${line}
  coils = [{ name = "a", address = [0] }]
`;
    const serial = settingsOf(
      't.conf',
      conf('controller = "file:///dev/ttyUSB0"\nbaud_rate = 38400\nparity = "N"\nstop_bits = 2'),
    );
    expect(serial.serial).to.deep.equal({
      path: '/dev/ttyUSB0',
      baudRate: 38_400,
      dataBits: 8,
      parity: 'none',
      stopBits: 2,
    });
    const ascii = settingsOf('t.conf', conf('controller = "COM3"\ntransmission_mode = "ASCII"\ndata_bits = 7'));
    expect(ascii).to.deep.include({
      serial: { path: 'COM3', baudRate: 19_200, dataBits: 7, parity: 'even', stopBits: 1 },
      framing: 'ascii',
    });
    const tunnel = settingsOf('t.conf', conf('controller = "tcp://10.0.0.5:4001"\ntransmission_mode = "RTUoverTCP"'));
    expect(tunnel).to.include({ host: '10.0.0.5', port: 4001, framing: 'rtu' });
  });
});
