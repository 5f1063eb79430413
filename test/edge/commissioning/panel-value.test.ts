import { expect } from 'chai';
import { parsePanelValue } from '#edge/commissioning/panel-value';

describe('commissioning: what a panel shows', () => {
  const numbers: readonly (readonly [string, number, number])[] = [
    ['36.5', 36.5, 0.1],
    ['36.50', 36.5, 0.01],
    [' -3,25 ', -3.25, 0.01],
    ['−4', -4, 1],
    ['1 204 377', 1_204_377, 1],
    ["12'000", 12_000, 1],
    ['12,345,678.5', 12_345_678.5, 0.1],
    ['36.5 °C', 36.5, 0.1],
    ['.5', 0.5, 0.1],
    ['0', 0, 1],
  ];
  for (const [text, value, resolution] of numbers) {
    it(`${text} is ${value} to ${resolution}`, () => {
      expect(parsePanelValue(text)).to.include({ kind: 'number', value, resolution });
    });
  }

  it('lamps have words in both languages', () => {
    expect(parsePanelValue('ON')).to.include({ kind: 'state', on: true });
    expect(parsePanelValue('关')).to.include({ kind: 'state', on: false });
  });

  it('what may mean two things, or nothing, is refused with what to do', () => {
    expect(parsePanelValue('1,234')).to.contain('decimal comma or a thousands comma');
    expect(parsePanelValue('about 5')).to.contain('as 36.5 or on');
    expect(parsePanelValue('')).to.contain('as 36.5 or on');
    expect(parsePanelValue('1234567890123456')).to.contain('more than 15 digits');
  });
});
