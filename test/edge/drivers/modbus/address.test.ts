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

  const refused: [text: string, reason: RegExp][] = [
    ['holding:65536', /last address.*65535/],
    ['465537', /means holding:65536/],
    ['40000', /counts from one/],
    ['HR0', /counts from one/],
    ['4x0', /counts from one/],
    ['holding:-1', /not a Modbus address/],
    ['holding:1.5', /not a Modbus address/],
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
