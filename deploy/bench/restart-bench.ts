import { setTimeout as wait } from 'node:timers/promises';
import { forkLoad } from './fork-load.ts';
import { LoadGateway } from './load-gateway.ts';
import { ProcessMeter, percentiles, round } from './process-meter.ts';
import { inFolder, startCloud } from './programs.ts';

/** What the sockets' process is told, and what it tells back. */
export interface RestartLoad {
  readonly url: string;
  readonly token: string;
  readonly tags: readonly string[];
  readonly sockets: number;
}

export interface RestartResult {
  /** From the loss of each connection to the answer that brings what is known, ms. */
  readonly awayMs: readonly number[];
}

/** The cloud is killed under many dashboards and gateways and started again: how long until everybody is back. */
export async function restartBench(options: { sockets: number; gateways: number }) {
  return inFolder(async (folder) => {
    let cloud = await startCloud(folder);
    const { url, token } = cloud;
    const backAt: number[] = [];
    const gateways: LoadGateway[] = [];
    try {
      for (let n = 0; n < options.gateways; n += 1) {
        const code = await cloud.code(`load-${n}`);
        const onReady = () => void backAt.push(performance.now());
        const gateway = new LoadGateway({ url, code, name: `load-${n}`, tags: 10, onReady });
        await gateway.start();
        gateways.push(gateway);
      }
      const { items } = await cloud.get<{ items: { id: string }[] }>('/api/v1/tags?limit=10000');
      const tags = items.map(({ id }) => id);
      const sockets = forkLoad<RestartLoad, RestartResult>('restart-load', { url, token, tags, ...options });
      await sockets.step('connected');
      backAt.length = 0;
      const lostAt = performance.now();
      await cloud.kill();
      const started = performance.now();
      cloud = await startCloud(folder, { port: new URL(url).port, token });
      const readyMs = performance.now() - started;
      const meter = new ProcessMeter(cloud.pid);
      const { awayMs } = await sockets.result;
      while (backAt.length < options.gateways && performance.now() - lostAt < 120_000) await wait(50);
      return {
        ...options,
        cloudReadyMs: Math.round(readyMs),
        socketsBack: awayMs.length,
        socketsAwayMs: percentiles(awayMs),
        gatewaysBack: backAt.length,
        gatewaysAwayMs: percentiles(backAt.map((at) => at - lostAt)),
        allBackSeconds: round(Math.max(...awayMs, ...backAt.map((at) => at - lostAt)) / 1_000, 1),
        cloud: meter.stop(),
      };
    } finally {
      for (const gateway of gateways) gateway.stop();
      await cloud.stop();
    }
  });
}
