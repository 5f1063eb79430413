import { setTimeout as wait } from 'node:timers/promises';
import { ProcessMeter, round } from '../process-meter.ts';
import { inFolder, type RegisterServer, startProgram, startRegisterServer } from '../programs.ts';
import { startGongfu, startSink } from './gongfu-reader.ts';

const healthySources = 150;
const deadSources = 50;
const tagsPerSource = 10;
const warmUpSeconds = 8;

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Two hundred Modbus sources of which fifty are dead; beside it, as what the machine does by itself, the healthy ones alone. */
export async function edgeSourcesBench({ seconds }: { seconds: number }): Promise<object> {
  const server = await startRegisterServer();
  const dead = startProgram('deploy/dist/bench/edge/dead-sources-process.js', []);
  try {
    const ports = JSON.parse((await dead.line(/"ports":(\{[^}]*\})/))[1] ?? '{}') as Record<string, number>;
    const places = Object.values(ports).map((port) => ({ host: '127.0.0.1', port }));
    const results: Record<string, object> = {};
    for (const intervalMs of [1000, 100]) {
      for (const [name, beside] of [
        ['alone', []],
        ['withDead', places],
      ] as const) {
        console.error(`  ${name}-${intervalMs}ms …`);
        results[`${name}-${intervalMs}ms`] = await measured(server, { intervalMs, seconds, dead: beside });
        console.error(`    ${JSON.stringify(results[`${name}-${intervalMs}ms`])}`);
      }
    }
    return results;
  } finally {
    await dead.stop();
    await server.stop();
  }
}

interface Row {
  readonly intervalMs: number;
  readonly seconds: number;
  /** Where the dead sources are, in turn; none where there is none. */
  readonly dead: readonly Place[];
}

function measured(server: RegisterServer, { intervalMs, seconds, dead }: Row): Promise<object> {
  return inFolder(async (folder) => {
    const healthy = Array.from({ length: healthySources }, (_, i) =>
      source(`healthy-${i}`, { host: '127.0.0.1', port: server.port }, i + 1, intervalMs),
    );
    const others = Array.from({ length: dead.length === 0 ? 0 : deadSources }, (_, i) =>
      source(`dead-${i}`, dead[i % dead.length]!, 1, intervalMs),
    );
    // Among each other, as they would be in a file that grew.
    const sources = healthy.flatMap((one, i) => [
      one,
      ...(i % 3 === 0 && i / 3 < others.length ? [others[i / 3]!] : []),
    ]);
    const edge = await startGongfu({ uplink: await startSink(), folder, sources: sources.join(''), intervalMs });
    try {
      await wait(warmUpSeconds * 1000);
      const meter = new ProcessMeter(edge.pid);
      await edge.figures();
      await server.sweeps(intervalMs);
      await wait(seconds * 1000);
      const sweeps = await server.sweeps(intervalMs);
      return {
        sources: sources.length,
        dead: others.length,
        intervalMs,
        achievedRate: round((sweeps.sweeps * intervalMs) / (healthySources * sweeps.seconds * 1000), 4),
        pollsMissed: sweeps.missed,
        jitterMs: sweeps.jitterMs,
        jitterShareP99: round(sweeps.jitterMs.p99 / intervalMs, 4),
        sweepMs: sweeps.sweepMs,
        ...meter.stop(),
        ...(await edge.figures()),
      };
    } finally {
      await edge.stop();
    }
  });
}

function source(name: string, { host, port }: Place, unitId: number, intervalMs: number): string {
  const tags = Array.from(
    { length: tagsPerSource },
    (_, n) => `{ name: r${n}, address: "holding:${n}", type: uint16 }`,
  );
  return `- { name: ${name}, driver: modbus, host: ${host}, port: ${port}, unitId: ${unitId}, interval: ${intervalMs}ms, tags: [${tags.join(', ')}] }\n`;
}
