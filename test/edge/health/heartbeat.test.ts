import { heartbeatSchema } from '@gongfu/shared/wire/handshake';
import { expect } from 'chai';
import fc from 'fast-check';
import type { SourceStats } from '#edge/collector/collector-types';
import { Metrics } from '#edge/health/metrics';
import { FakeClock } from '#test/kit/fake-clock';
import { stagedHealth } from './health-stage.ts';

const version = '3f2a9c41d07be5883f2a9c41d07be5883f2a9c41d07be5883f2a9c41d07be588';

function stage() {
  const clock = new FakeClock();
  const totals = { press: 0, robot: 0 };
  const source = (rest: Pick<SourceStats, 'name' | 'driver' | 'duePerSecond' | 'samplesTotal'>): SourceStats => ({
    state: 'connected',
    detail: '',
    tags: 50,
    passedTotal: 0,
    groups: [],
    ...rest,
  });
  const uplink = { state: 'connected', detail: '', acknowledgementMs: null as { p50: number; p99: number } | null };
  const health = stagedHealth(clock, {
    configurationVersion: () => version,
    sources: () => [
      source({ name: 'press', driver: 'modbus', duePerSecond: 100, samplesTotal: totals.press }),
      source({ name: 'robot', driver: 'opcua', duePerSecond: null, samplesTotal: totals.robot }),
    ],
    uplink: () => uplink,
  });
  return { clock, totals, uplink, health };
}

describe('heartbeat', () => {
  it('tells samples read against samples due once a minute has passed, and none due where changes are reported', () => {
    const { clock, totals, health } = stage();
    const polled = () => heartbeatSchema.parse(health.heartbeat()).sources.map((source) => source.polled);
    for (let second = 0; second < 60; second += 5) {
      expect(polled()).to.deep.equal([{ duePerSecond: 100, readPerSecond: null }, null]);
      clock.advance(5000);
      totals.press += 400;
    }
    expect(polled()).to.deep.equal([{ duePerSecond: 100, readPerSecond: 80 }, null]);
    expect(health.heartbeat().sources[0]).to.include({ tags: 50 });
  });

  it('has the rate of the last minute and of the last seconds, whenever it is asked', () => {
    const looks = fc.array(fc.record({ pauseMs: fc.integer({ min: 1, max: 9000 }), grown: fc.nat(10_000) }), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(looks, (steps) => {
        const { clock, totals, health } = stage();
        const seen = [{ at: 0, total: 0 }];
        for (const { pauseMs, grown } of steps) {
          clock.advance(pauseMs);
          totals.press += grown;
          const at = clock.monotonicMs();
          const [press] = health.report().sources;
          const ratesSince = (wanted: (age: number) => boolean) =>
            seen
              .filter((look) => wanted(at - look.at))
              .map((look) => Math.round(((totals.press - look.total) / ((at - look.at) / 1000)) * 10) / 10);
          // A minute, and at most the pause between two looks more.
          if (at < 60_000) expect(press!.readPerSecond).to.equal(null);
          else expect(ratesSince((age) => age >= 60_000 && age <= 75_000)).to.include(press!.readPerSecond);
          expect(ratesSince((age) => age <= 30_000)).to.include(press!.samplesPerSecond);
          seen.push({ at, total: totals.press });
        }
      }),
    );
  });

  it('tells how long acknowledgements take, to the cloud and to Prometheus', async () => {
    const { uplink, health } = stage();
    const metrics = new Metrics({ health });
    const figure = 'gongfu_edge_acknowledgement_seconds{';
    expect(heartbeatSchema.parse(health.heartbeat()).acknowledgementMs).to.equal(null);
    expect(await metrics.text()).not.to.contain(figure);
    uplink.acknowledgementMs = { p50: 12.5, p99: 140 };
    expect(heartbeatSchema.parse(health.heartbeat()).acknowledgementMs).to.deep.equal({ p50: 12.5, p99: 140 });
    expect(await metrics.text())
      .to.contain(`${figure}quantile="0.5"} 0.0125`)
      .and.contain(`${figure}quantile="0.99"} 0.14`)
      .and.contain('gongfu_edge_samples_due_per_second{source="press"} 100')
      .and.contain(`gongfu_edge_configuration_info{version="${version}"} 1`)
      .and.not.contain('due_per_second{source="robot"}');
    uplink.acknowledgementMs = null;
    expect(await metrics.text()).not.to.contain(figure);
  });
});
