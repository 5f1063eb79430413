import { LimitFlags, StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { type LineVariable, line, withLineServer } from './line-server.ts';
import { until } from './recording.ts';

describe('ranges over values of an OPC UA server', function () {
  this.timeout(60_000);

  const variables: readonly LineVariable[] = [
    { identifier: 's=Level', type: 'Double', value: 12 },
    { identifier: 's=Speed', type: 'Int32', value: 50 },
    { identifier: 's=Count', type: 'UInt64', value: '7' },
  ];
  it('judges what is subscribed as what is polled: bad, clamped, kept, a broken wire, a whole number of 64 bits', () =>
    withLineServer(variables, async ({ server, collect }) => {
      const values = { Level: 2, Speed: 120, Count: '18446744073709551615' };
      const { endpoint } = server;
      const collected = await collect(
        ['subscribe', 'poll']
          .map(
            (mode) => `- name: ${mode}
  driver: opcua
  mode: ${mode}
  interval: 200ms
  endpoint: ${endpoint}
  tags:
    - { name: wire, nodeId: "nsu=${line};s=Level", type: float64, range: { min: 0, max: 10 }, rawRange: { min: 4, max: 20, faultBelow: 3.6 } }
    - { name: bad, nodeId: "nsu=${line};s=Speed", type: int32, range: { max: 100 } }
    - { name: clamp, nodeId: "nsu=${line};s=Speed", type: int32, range: { max: 100, outside: clamp } }
    - { name: keep, nodeId: "nsu=${line};s=Speed", type: int32, range: { max: 100, outside: keep } }
    - { name: wide, nodeId: "nsu=${line};s=Count", type: uint64, range: { max: 1000 } }
`,
          )
          .join(''),
      );
      const names = ['wire', 'bad', 'clamp', 'keep', 'wide'];
      const last = (mode: string): unknown[] =>
        names.map((name) => {
          const sample = collected.of(`${mode}/${name}`).at(-1);
          return [sample?.value, sample?.status];
        });
      const [low, high] = [LimitFlags.low, LimitFlags.high];
      const inside = [5, 50, 50, 50, 7n].map((value) => [value, 0]);
      const uncertain = StatusCode.UncertainEngineeringUnitsExceeded | high;
      const outside = [
        [null, (StatusCode.BadSensorFailure | low) >>> 0],
        [null, (StatusCode.BadOutOfRange | high) >>> 0],
        [100, uncertain],
        [120, uncertain],
        [null, (StatusCode.BadOutOfRange | high) >>> 0],
      ];
      const same = (one: unknown, other: unknown): boolean => text(one) === text(other);
      for (const expected of [inside, outside]) {
        if (expected === outside)
          for (const [name, value] of Object.entries(values)) await server.set(line, `s=${name}`, value);
        await until('the values', () => same(last('subscribe'), expected) && same(last('poll'), expected)).catch(() => {
          expect(last('subscribe')).to.deep.equal(expected);
          expect(last('poll')).to.deep.equal(expected);
        });
      }
    }));
});

function text(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each));
}
