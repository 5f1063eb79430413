import { setTimeout as wait } from 'node:timers/promises';
import { assemblyNamespace } from '../../demo/assembly-signals.ts';
import { ProcessMeter, round } from '../process-meter.ts';
import { inFolder, type Program, startProgram } from '../programs.ts';
import { startGongfu, startSink } from './gongfu-reader.ts';
import type { Reader } from './reader.ts';
import { startTelegraf } from './telegraf-reader.ts';

type OpenSubscriber = (folder: string, port: number, items: number) => Promise<Reader | undefined>;

const subscribers: Readonly<Record<string, OpenSubscriber>> = { gongfu: startOurs, telegraf: startTheirs };
/** The server answers the last items of a long list late, and compilers warm up. */
const warmUpSeconds = 15;
const serverStartLimitMs = 300_000;

/**
 * So many variables of an OPC UA server subscribed, each of which changes once a second. How many changes came is counted at our
 * sink; Telegraf discards, so its figure is per change that was due: too good for it where it loses some.
 */
export async function edgeOpcuaBench({ items, seconds }: { items: number; seconds: number }): Promise<object> {
  const results: Record<string, object> = {};
  for (const [name, open] of Object.entries(subscribers)) {
    console.error(`  ${name} …`);
    const server = startProgram('deploy/dist/bench/edge/opcua-plant-process.js', [String(items)]);
    try {
      const port = Number((await server.line(/"port":(\d+)/, serverStartLimitMs))[1]);
      results[name] = await measured(server, (folder) => open(folder, port, items), { items, seconds });
    } finally {
      await server.stop();
    }
    console.error(`    ${JSON.stringify(results[name])}`);
  }
  return results;
}

function measured(
  server: Program,
  open: (folder: string) => Promise<Reader | undefined>,
  { items, seconds }: { items: number; seconds: number },
): Promise<object> {
  return inFolder(async (folder) => {
    const reader = await open(folder);
    if (reader === undefined) return { skipped: 'not on this machine' };
    try {
      await wait(warmUpSeconds * 1000);
      const [meter, plant] = [new ProcessMeter(reader.pid), new ProcessMeter(server.pid)];
      await reader.figures();
      await wait(seconds * 1000);
      const figures = (await reader.figures()) as { uplink?: { samples: number } };
      const usage = meter.stop();
      const due = items * seconds;
      const changes = figures.uplink?.samples ?? due;
      return {
        items,
        seconds,
        changesDue: due,
        ...(figures.uplink === undefined ? {} : { changesDelivered: changes, achievedRate: round(changes / due, 4) }),
        ...usage,
        cpuMicrosecondsPerChange: round((usage.cpuSeconds / changes) * 1e6, 2),
        serverCpuSeconds: plant.stop().cpuSeconds,
        ...figures,
      };
    } finally {
      await reader.stop();
    }
  });
}

async function startOurs(folder: string, port: number, items: number): Promise<Reader> {
  const tags = Array.from(
    { length: items },
    (_, n) => `    - { name: v${n}, nodeId: "nsu=${assemblyNamespace};s=Plant.v${n}", type: float64 }`,
  );
  const sources = `- name: plant
  driver: opcua
  endpoint: opc.tcp://127.0.0.1:${port}
  interval: 1s
  tags:
${tags.join('\n')}
`;
  return startGongfu({ uplink: await startSink(), folder, sources });
}

async function startTheirs(folder: string, port: number, items: number): Promise<Reader | undefined> {
  const nodes = Array.from(
    { length: items },
    (_, n) => `    { name = "v${n}", namespace = "2", identifier_type = "s", identifier = "Plant.v${n}" },`,
  );
  const input = `[[inputs.opcua_listener]]
  endpoint = "opc.tcp://127.0.0.1:${port}"
  subscription_interval = "1s"
  security_policy = "None"
  security_mode = "None"
  nodes = [
${nodes.join('\n')}
  ]`;
  return startTelegraf(folder, 1000, [input]);
}
