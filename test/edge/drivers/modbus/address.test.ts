import { expect } from 'chai';
import { formatAddress, parseAddress } from '#edge/drivers/modbus/address';

describe('Modbus address', () => {
  const same: [text: string, canonical: string][] = [
    ['holding:0', 'holding:0'],
    ['input:10', 'input:10'],
    ['coil:3', 'coil:3'],
    ['discrete:65535', 'discrete:65535'],
    ['40001', 'holding:0'],
    ['400001', 'holding:0'],
    ['465536', 'holding:65535'],
    ['49999', 'holding:9998'],
    ['30001', 'input:0'],
    ['300011', 'input:10'],
    ['10008', 'discrete:7'],
    ['00004', 'coil:3'],
    ['000004', 'coil:3'],
    ['4x1', 'holding:0'],
    ['3x00011', 'input:10'],
    ['0x4', 'coil:3'],
    ['1x8', 'discrete:7'],
    ['HR1', 'holding:0'],
    ['ir11', 'input:10'],
    ['C4', 'coil:3'],
    ['DI8', 'discrete:7'],
  ];
  for (const [text, canonical] of same) {
    it(`${text} is ${canonical} on the wire`, () => {
      const address = parseAddress(text);
      expect(typeof address === 'string' ? address : formatAddress(address)).to.equal(canonical);
    });
  }

  const detailed: [text: string, address: object][] = [
    ['1!400001.3', { area: 'holding', register: 0, bit: 3, unitId: 1 }],
    ['3!holding:0', { area: 'holding', register: 0, unitId: 3 }],
    ['holding:0.3', { area: 'holding', register: 0, bit: 3 }],
    ['400001.15', { area: 'holding', register: 0, bit: 15 }],
    ['400001.0', { area: 'holding', register: 0, bit: 0 }],
    ['30010.10', { area: 'input', register: 9, bit: 10 }],
    ['0!HR2', { area: 'holding', register: 1, unitId: 0 }],
    ['255!4x2.1', { area: 'holding', register: 1, bit: 1, unitId: 255 }],
    ['7!coil:3', { area: 'coil', register: 3, unitId: 7 }],
    ['007!DI1', { area: 'discrete', register: 0, unitId: 7 }],
  ];
  for (const [text, address] of detailed) {
    it(`${text} names a unit or a bit`, () => {
      expect(parseAddress(text)).to.deep.equal(address);
    });
  }

  const refused: [text: string, reason: RegExp][] = [
    ['holding:65536', /last address.*65535/],
    ['465537', /means holding:65536/],
    ['40000', /counts from one/],
    ['HR0', /counts from one/],
    ['4x0', /counts from one/],
    ['holding:-1', /not a Modbus address/],
    ['holding:1.16', /bit 16, but a register has the bits 0 to 15/],
    ['holding:1.', /not a Modbus address/],
    ['holding:1.-1', /not a Modbus address/],
    ['holding:1.3.4', /not a Modbus address/],
    ['coil:1.0', /itself one bit/],
    ['10001.0', /itself one bit/],
    ['256!holding:1', /unit 256, but unit ids end at 255/],
    ['!holding:1', /not a Modbus address/],
    ['1!', /not a Modbus address/],
    ['1!2!holding:1', /not a Modbus address/],
    ['-1!holding:1', /not a Modbus address/],
    ['1!40000.3', /counts from one/],
    [' holding:1', /not a Modbus address/],
    ['Holding:1', /not a Modbus address/],
    ['20001', /not a Modbus address/],
    ['7', /not a Modbus address/],
    ['4000001', /not a Modbus address/],
    ['', /not a Modbus address/],
    ['HR', /not a Modbus address/],
  ];
  for (const [text, reason] of refused) {
    it(`refuses "${text}" and says why`, () => {
      expect(parseAddress(text)).to.be.a('string').that.matches(reason);
    });
  }
});
