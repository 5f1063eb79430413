import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { runProgram } from '#test/kit/programs';
import { type LineVariable, line, withLineServer } from '../opcua/line-server.ts';
import { until } from '../opcua/recording.ts';

describe('derived tags over a real server', function () {
  this.timeout(60_000);

  const variables: readonly LineVariable[] = [
    { identifier: 's=Power1', type: 'Double', value: 1_500 },
    { identifier: 's=Power2', type: 'Int32', value: 500 },
    { identifier: 's=Count', type: 'UInt64', value: '18446744073709551000' },
  ];
  it('meet what is subscribed and what is polled, exact, and are bad with the line', () =>
    withLineServer(variables, async ({ server, folder, collect }) => {
      const sources = `
  - name: line
    driver: opcua
    endpoint: ${server.endpoint}
    interval: 100ms
    tags: [{ name: power1, nodeId: "nsu=${line};s=Power1", type: float64, deadband: 100000, heartbeat: 1h }]
  - name: line-2
    driver: opcua
    mode: poll
    endpoint: ${server.endpoint}
    interval: 100ms
    tags:
      - { name: power2, nodeId: "nsu=${line};s=Power2", type: int32 }
      - { name: count, nodeId: "nsu=${line};s=Count", type: uint64 }
  - name: together
    driver: derived
    tags:
      - { name: power, type: float64, unit: kW, expression: '(line.power1 + tag("line-2", "power2")) / 1000' }
      - { name: count, type: uint64, expression: 'tag("line-2", "count") + 615' }
      - { name: high, type: bool, expression: power > 3 }
`;
      const file = join(folder, 'edge.yaml');
      writeFileSync(file, `gateway: { name: gw }\nbuffer: { path: b }\nsources:${sources}`);
      const { stdout } = await runProgram('edge/bin/gongfu-edge.js', ['check', '-c', file]);
      expect(stdout).to.include('together/power  (line.power1 + tag("line-2", "power2")) / 1000  float64');
      const wrong = join(folder, 'wrong.yaml');
      writeFileSync(
        wrong,
        `gateway: { name: gw }\nbuffer: { path: b }\nsources:${sources.replace('line.power1', 'line.powr1')}`,
      );
      expect((await runProgram('edge/bin/gongfu-edge.js', ['check', '-c', wrong])).stderr).to.include(
        'source line has no tag powr1; did you mean power1? (at character 2, "line.powr1 + tag("li…")',
      );

      const collected = await collect(sources);
      const last = (tag: string) => collected.of(`together/${tag}`).at(-1);
      await until(
        'the sum',
        () => last('power')?.value === 2 && last('count') !== undefined && last('high')?.value === false,
      );
      expect(last('count')!.value).to.equal(2n ** 64n - 1n);
      // Its deadband keeps the change from the history; what is worked out of it sees it.
      await server.set(line, 's=Power1', 3_000);
      await until('the change', () => last('power')?.value === 3.5 && last('high')?.value === true);
      expect(collected.of('line/power1').map(({ value }) => value)).to.deep.equal([1_500]);
      const { sourceTime, status } = last('high')!;
      expect(status).to.equal(StatusCode.Good);
      expect(Math.abs(sourceTime - Date.now())).to.be.below(5_000);
      expect(collected.stats().at(-1)).to.include({
        name: 'together',
        driver: 'derived',
        state: 'connected',
        detail: '',
      });
      await server.kill();
      await until('bad with the line', () => last('power')?.value === null && last('high')?.value === null, 30_000);
      expect(last('high')!.status).to.equal(StatusCode.BadNoCommunication);
    }));
});
