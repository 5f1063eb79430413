import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import { expect } from 'chai';

describe('unit symbol', () => {
  it('is what people write for a UCUM code', () => {
    const written = {
      Cel: '°C',
      'kW.h': 'kWh',
      'N.m': 'N·m',
      'm3/h': 'm³/h',
      'm/s2': 'm/s²',
      mm2: 'mm²',
      '{rpm}': 'rpm',
      '/min': '/min',
      'kg/m3': 'kg/m³',
      um: 'µm',
    };
    expect(Object.fromEntries(Object.keys(written).map((code) => [code, unitSymbol(code)]))).to.deep.equal(written);
  });

  it('leaves alone what needs no other look or is no code', () => {
    for (const unit of ['', '%', 'bar', 'kPa', 'V', '件', 'kWh', '°C', 'toString', '1.5 V']) {
      expect(unitSymbol(unit)).to.equal(unit);
    }
  });
});
