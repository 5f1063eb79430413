import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { planLines } from '#edge/drivers/modbus/plan-lines';
import { sourceOf, tagOf } from './fixtures.ts';

const line = (serial: object = {}, keys: object = {}) =>
  sourceOf({ host: undefined, serial: { path: '/dev/ttyS0', ...serial }, turnaround: '0ms', ...keys });
const ten = (intervalMs = 1000) =>
  Array.from({ length: 10 }, (_, i) => tagOf({ address: `holding:${i}`, type: 'uint16', number: i, intervalMs }));

describe('Modbus time on a line', () => {
  // A request of 8 bytes, an answer of 25, a silence of 3.5 characters after each; a character has 10 bits in 8N1.
  const times: [what: string, serial: object, keys: object, ms: number][] = [
    ['9600 8N1', {}, {}, ((8 + 25 + 7) * 10 * 1000) / 9600],
    ['9600 8E1', { parity: 'even' }, {}, ((8 + 25 + 7) * 11 * 1000) / 9600],
    ['9600 8N2', { stopBits: 2 }, {}, ((8 + 25 + 7) * 11 * 1000) / 9600],
    ['115200 8N1: fixed silences', { baudRate: 115_200 }, {}, ((8 + 25) * 10 * 1000) / 115_200 + 2 * 1.75],
    ['9600 7E1 in ASCII', { dataBits: 7, parity: 'even' }, { framing: 'ascii' }, ((17 + 51) * 10 * 1000) / 9600],
    ['9600 8N1, a slow slave', {}, { turnaround: '30ms' }, ((8 + 25 + 7) * 10 * 1000) / 9600 + 30],
  ];
  for (const [what, serial, keys, ms] of times) {
    it(`of ten registers at ${what} is ${ms.toFixed(1)} ms`, () => {
      expect(planLines(line(serial, keys), ten())[0]!.durationMs).to.be.closeTo(ms, 0.001);
    });
  }

  it('is not told of a network nobody has told the turnaround of', () => {
    expect(planLines(sourceOf(), ten())[0]!.durationMs).to.equal(undefined);
    expect(planLines(sourceOf({ turnaround: '12ms' }), ten())[0]!.durationMs).to.equal(12);
  });

  const fault = (source: ReturnType<typeof line>, tags: ReturnType<typeof ten>): string | undefined => {
    try {
      planLines(source, tags);
      return undefined;
    } catch (error) {
      expect(error).to.be.instanceOf(Problem);
      const { places } = error as Problem;
      expect(places.map(({ where }) => where)).to.deep.equal(['interval']);
      return places[0]!.what;
    }
  };

  it('that is not there is refused, with demand and remedy', () => {
    expect(fault(line(), ten(42))).to.equal(undefined);
    expect(fault(line(), ten(41)))
      .to.match(/need 1017 ms in every second: 1 request, 1 unit, 9600 baud, turnaround 0 ms/)
      .and.match(/Raise interval.*maxGap.*baudRate/);
  });

  it('is shared by the connections and requests under way of a network', () => {
    const source = (keys: object) => sourceOf({ turnaround: '50ms', ...keys });
    expect(fault(source({}), ten(30))).to.match(/1667 ms/);
    expect(fault(source({ maxInFlight: 2 }), ten(30))).to.equal(undefined);
    expect(fault(source({ connections: 2 }), ten(30))).to.equal(undefined);
  });
});
