import { expect } from 'chai';
import fc from 'fast-check';
import {
  digitsBelow,
  fieldSuffix,
  latestMs,
  PointTimes,
  parseField,
  rankOf,
  rollupTime,
} from '#cloud/history/influx/point-scheme';

const place = fc.record({
  sourceTime: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: latestMs - 1 })),
  epoch: fc.oneof(fc.nat(3), fc.maxSafeNat()),
  sequence: fc.oneof(fc.nat(3), fc.constantFrom(99_999, 100_000, 200_000), fc.maxSafeNat()),
  rank: fc.oneof(fc.nat(25), fc.nat(2_000_000)),
});

/** As InfluxDB writes a time: without zeros at the end of the fraction. */
function written(nanoseconds: bigint): string {
  const second = new Date(Number(nanoseconds / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanoseconds % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${second}Z` : `${second}.${fraction}Z`;
}

describe('influx: the place of a sample', () => {
  it('tells which sample it is, whatever batch and clock it came from', () => {
    const times = new PointTimes();
    fc.assert(
      fc.property(place, ({ sourceTime, ...rank }) => {
        const time = BigInt(sourceTime) * 1_000_000n + BigInt(digitsBelow(rank.sequence, rank.rank));
        times.read(written(time));
        expect(times.ms).to.equal(sourceTime);
        const field = parseField(`v${fieldSuffix(rank)}`)!;
        expect({ ...rankOf(field, times.below) }).to.deep.equal(rank);
      }),
    );
  });

  it('tells of a roll-up how many points it is made of, and lies within its minute', () => {
    const times = new PointTimes();
    const minute = fc.integer({ min: 0, max: latestMs / 60_000 - 1 });
    fc.assert(
      fc.property(minute, fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 60_000_000_000 - 1 })), (slot, points) => {
        times.read(written(BigInt(rollupTime(slot * 60_000, points))));
        expect(Math.floor(times.ms / 60_000)).to.equal(slot);
        expect(times.nanosecondsAfter(slot * 60_000)).to.equal(points);
      }),
    );
  });

  it('takes no field for its own that another program has written', () => {
    for (const name of ['v', 'value', 'v1', 'v1.', 'v1.2.3.4', 'x1.2', 'v-1.2', 'q1.2e3', '']) {
      expect(parseField(name), name).to.equal(undefined);
    }
  });
});
