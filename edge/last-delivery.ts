import { type Clock, sleep } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { LmdbBuffer } from './buffer/lmdb-buffer.ts';
import type { EdgeConfig, UplinkConfig } from './config.ts';
import { configurationVersion } from './configuration-version.ts';
import { Health } from './health/health.ts';
import { CloudTrust } from './uplink/cloud-trust.ts';
import { Uplink } from './uplink/uplink.ts';

/**
 * An agent that reads nothing: delivers what lies in the buffer of an enrolled gateway, losses included, and ends. What
 * is written last before a stop always lies there. Gives up when the cloud refuses, or nothing moves for `patienceMs`.
 */
export async function deliverLast(options: {
  config: EdgeConfig;
  uplink: UplinkConfig;
  version: string;
  clock: Clock;
  random: () => number;
  patienceMs: number;
}): Promise<void> {
  const { config, uplink: cloud, version: agentVersion, clock, random, patienceMs } = options;
  const log = silentLogger;
  const folder = config.buffer.path;
  const buffer = new LmdbBuffer({ folder, capacityBytes: config.buffer.maxBytes, clock, log });
  await buffer.start();
  const { url, ca: caFile, cloudKeys, pinCloudKey } = cloud;
  const configured = configurationVersion(config);
  const known = { gatewayName: config.gateway.name, configurationVersion: () => configured };
  const stopped = () => ({ state: 'stopped', detail: '', acknowledgementMs: null });
  const health = new Health({
    ...known,
    reload: () => null,
    clock,
    buffer: () => buffer.state(),
    program: agentVersion,
    sources: () => [],
    tags: () => ({ total: 0, tags: [] }),
    unitOf: () => '',
    gaps: () => buffer.recentGaps(),
    disk: () => null,
    uplink: stopped,
  });
  const uplink = new Uplink({
    ...known,
    url,
    trust: new CloudTrust({ url, caFile, cloudKeys, pinCloudKey }),
    // A code would enrol it anew.
    code: undefined,
    agentVersion,
    folder,
    buffer,
    tags: buffer.declarations(),
    heartbeat: () => health.heartbeat(),
    clock,
    random,
    log,
  });
  try {
    // Losses nobody was told of travel with the next batch: here is one.
    await buffer.append([], []);
    await uplink.start();
    const waiting = (): number => buffer.state().batches + buffer.conditions.waiting;
    let left = waiting();
    let movedMs = clock.monotonicMs();
    while (left > 0 && uplink.state.state !== 'refused' && clock.monotonicMs() - movedMs < patienceMs) {
      await sleep(clock, 20);
      const now = waiting();
      if (now !== left) movedMs = clock.monotonicMs();
      left = now;
    }
  } finally {
    await uplink.stop();
    await buffer.stop();
  }
}
