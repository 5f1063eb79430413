import type { Clock } from '@gongfu/shared/base/clock';
import { Health, type HealthOptions } from '#edge/health/health';

/** A health whose figures are given; whatever is not is that of an agent with nothing to do. */
export function stagedHealth(clock: Clock, given: Partial<HealthOptions> = {}): Health {
  return new Health({
    gatewayName: 'gw-1',
    configurationVersion: () => '3f2a',
    reload: () => null,
    program: '0.1.0',
    clock,
    buffer: () => ({
      epoch: 7,
      batches: 3,
      usedBytes: 2 ** 20,
      capacityBytes: 2 ** 30,
      oldestTime: 1000,
      lastSequence: 9,
      gapsTotal: 2,
    }),
    sources: () => [],
    tags: () => ({ total: 0, tags: [] }),
    unitOf: () => '',
    gaps: () => [],
    disk: () => null,
    uplink: () => ({ state: 'connected', detail: '', acknowledgementMs: null }),
    ...given,
  });
}
