import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ProcessMeter, round } from './process-meter.ts';
import { inFolder, startCloud, startProgram, startRegisterServer } from './programs.ts';

/** Ten thousand Modbus tags at one second through durable buffer, uplink and the cloud's durable write. */
export async function edgeBench(options: { tags: number; seconds: number }): Promise<object> {
  const { tags, seconds } = options;
  return inFolder(async (folder) => {
    const server = await startRegisterServer();
    const cloud = await startCloud(folder);
    const config = join(folder, 'edge.yaml');
    writeFileSync(config, edgeConfig(cloud.url, server.port, folder, tags));
    const edge = startProgram('edge/bin/gongfu-edge.js', [
      'run',
      '-c',
      config,
      '--code',
      await cloud.code('bench-edge'),
    ]);
    try {
      const status = (await edge.line(/status=(\S+)/))[1] ?? '';
      await settled(cloud, tags);
      const meters = { edge: new ProcessMeter(edge.pid), cloud: new ProcessMeter(cloud.pid) };
      const stored = await cloud.metric('gongfu_cloud_samples_total');
      const start = performance.now();
      await wait(seconds * 1000);
      const samples = (await cloud.metric('gongfu_cloud_samples_total')) - stored;
      const elapsed = (performance.now() - start) / 1000;
      const edgeUsage = meters.edge.stop();
      const cloudUsage = meters.cloud.stop();
      const skipped = await skippedPolls(status);
      return {
        tags,
        intervalMs: 1000,
        seconds: round(elapsed, 1),
        samplesStored: samples,
        achievedRate: round(samples / (tags * elapsed), 5),
        pollsSkipped: skipped,
        edge: { ...edgeUsage, cpuSecondsPerMillionSamples: round((edgeUsage.cpuSeconds / samples) * 1e6, 2) },
        cloud: { ...cloudUsage, cpuSecondsPerMillionSamples: round((cloudUsage.cpuSeconds / samples) * 1e6, 2) },
      };
    } finally {
      await edge.stop();
      await cloud.stop();
      await server.stop();
    }
  });
}

function edgeConfig(url: string, port: number, folder: string, tags: number): string {
  const lines = Array.from(
    { length: tags },
    (_, n) => `      - { name: r${n}, address: "holding:${n}", type: uint16 }`,
  );
  return `gateway: { name: bench-edge }
uplink: { url: "${url}" }
buffer: { path: "${join(folder, 'buffer')}" }
status: { port: 0 }
log: { level: warn }
sources:
  - name: registers
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    interval: 1s
    tags:
${lines.join('\n')}
`;
}

/** Waits until three full sweeps have been stored, so that start-up is not measured. */
async function settled(cloud: { metric(name: string): Promise<number> }, tags: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await cloud.metric('gongfu_cloud_samples_total')) >= 3 * tags) return;
    await wait(100);
  }
  throw new Error('the edge delivered no three sweeps within 30 s');
}

async function skippedPolls(status: string): Promise<number> {
  const text = await (await fetch(`${status}/metrics`)).text();
  return [...text.matchAll(/^gongfu_edge_polls_skipped_total(?:\{[^}]*\})? (\d+)/gm)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
}
