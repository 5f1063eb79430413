import { setTimeout as wait } from 'node:timers/promises';
import { assemblyNamespace } from '../../demo/assembly-signals.ts';
import { ProcessMeter, RssPeak, round, usageOf } from '../process-meter.ts';
import { inFolder, type Program, startProgram } from '../programs.ts';
import { startGongfu, startSink } from './gongfu-reader.ts';
import type { PublisherFigures } from './load-publisher.ts';
import type { Reader } from './reader.ts';
import { startTelegraf } from './telegraf-reader.ts';

type OpenSubscriber = (folder: string, port: number, items: number) => Promise<Reader | undefined>;

const subscribers: Readonly<Record<string, OpenSubscriber>> = {
  gongfu: startOurs,
  telegraf: startTheirs,
  bare: startBare,
};
/** Compilers of programs warm up: alike for all, from when the last item was subscribed. */
const warmUpSeconds = 15;
const subscribeLimitMs = 120_000;
/** What was sent before the pause is at the sink within so long. */
const settleLimitMs = 15_000;

export interface EdgeOpcuaOptions {
  readonly items: number;
  readonly seconds: number;
  /** Some of `subscribers`; all unless told. */
  readonly rows?: readonly string[];
}

/**
 * So many variables of an OPC UA server subscribed, each of which changes once a second, one subscriber after the other. The server
 * counts what it sent to each; what came of it is counted at our sink. Telegraf discards and the bare client of the library only
 * counts, so their figures are per change sent.
 */
export async function edgeOpcuaBench({ items, seconds, rows }: EdgeOpcuaOptions): Promise<object> {
  const unknown = rows?.find((row) => !(row in subscribers));
  if (unknown !== undefined) throw new Error(`no row ${unknown}; there are ${Object.keys(subscribers).join(', ')}`);
  const results: Record<string, object> = {};
  for (const name of rows ?? Object.keys(subscribers)) {
    console.error(`  ${name} …`);
    const plant = await startPlant();
    try {
      results[name] = await measured(plant, subscribers[name]!, { items, seconds });
    } finally {
      await plant.stop();
    }
    console.error(`    ${JSON.stringify(results[name])}`);
  }
  return results;
}

interface Plant extends Program {
  readonly port: number;
  figures(): Promise<PublisherFigures>;
  pause(): Promise<void>;
}

async function startPlant(): Promise<Plant> {
  const program = startProgram('deploy/dist/bench/edge/opcua-plant-process.js', []);
  const [, port, counters] = await program.line(/"port":(\d+),"counters":(\d+)/);
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${counters}${path}`)).json();
  return {
    ...program,
    port: Number(port),
    figures: async () => (await ask('/figures')) as PublisherFigures,
    pause: async () => void (await ask('/pause')),
  };
}

function measured(
  plant: Plant,
  open: OpenSubscriber,
  { items, seconds }: Omit<EdgeOpcuaOptions, 'rows'>,
): Promise<object> {
  return inFolder(async (folder) => {
    const startMs = performance.now();
    const reader = await open(folder, plant.port, items);
    if (reader === undefined) return { skipped: 'not on this machine' };
    try {
      const peak = new RssPeak(reader.pid);
      const isSubscribed = await subscribed(plant, items);
      const start = { seconds: round((performance.now() - startMs) / 1000, 1), ...started(reader.pid, peak) };
      if (!isSubscribed) return { items, itemsSubscribed: (await plant.figures()).items, start };
      await wait(warmUpSeconds * 1000);
      return { items, seconds, start, ...(await steady(plant, reader, seconds)) };
    } finally {
      await reader.stop();
    }
  });
}

function started(pid: number, peak: RssPeak): object {
  return { cpuSeconds: round(usageOf(pid).cpuSeconds, 1), rssMBMax: peak.stop() };
}

async function subscribed(plant: Plant, items: number): Promise<boolean> {
  const deadlineMs = performance.now() + subscribeLimitMs;
  while (performance.now() < deadlineMs) {
    if ((await plant.figures()).items >= items) return true;
    await wait(100);
  }
  return false;
}

interface Arrived {
  readonly uplink?: { readonly samples: number };
}

async function steady(plant: Plant, reader: Reader, seconds: number): Promise<object> {
  const first = (await reader.figures()) as Arrived;
  const before = await plant.figures();
  const [meter, server] = [new ProcessMeter(reader.pid), new ProcessMeter(plant.pid)];
  await wait(seconds * 1000);
  const usage = meter.stop();
  const told = (await reader.figures()) as Arrived;
  const after = await plant.figures();
  const sent = after.changesSent - before.changesSent;
  const changes = told.uplink?.samples ?? sent;
  const figures = {
    changesMade: after.changesMade - before.changesMade,
    changesSent: sent,
    ...usage,
    cpuMicrosecondsPerChange: round((usage.cpuSeconds / changes) * 1e6, 2),
    serverCpuSeconds: server.stop().cpuSeconds,
    publishingsWaiting: after.waiting,
    ...told,
  };
  if (first.uplink === undefined || told.uplink === undefined) return figures;
  await plant.pause();
  const whole = first.uplink.samples + told.uplink.samples + (await settled(reader));
  return { ...figures, sinceStart: { changesMade: (await plant.figures()).changesMade, samplesArrived: whole } };
}

/** What still comes after the pause. */
async function settled(reader: Reader): Promise<number> {
  let samples = 0;
  const deadlineMs = performance.now() + settleLimitMs;
  let quiet = 0;
  while (quiet < 3 && performance.now() < deadlineMs) {
    await wait(1_000);
    const came = ((await reader.figures()) as Arrived).uplink?.samples ?? 0;
    quiet = came === 0 ? quiet + 1 : 0;
    samples += came;
  }
  return samples;
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

/** Of one connection. Telegraf subscribes a hundred thousand over one too; which is better for it was not compared. */
const nodesPerInput = 10_000;

async function startTheirs(folder: string, port: number, items: number): Promise<Reader | undefined> {
  const inputs: string[] = [];
  for (let from = 0; from < items; from += nodesPerInput) {
    const nodes = Array.from({ length: Math.min(nodesPerInput, items - from) }, (_, n) => n + from).map(
      (n) => `    { name = "v${n}", namespace = "2", identifier_type = "s", identifier = "Plant.v${n}" },`,
    );
    inputs.push(`[[inputs.opcua_listener]]
  endpoint = "opc.tcp://127.0.0.1:${port}"
  subscription_interval = "1s"
  security_policy = "None"
  security_mode = "None"
  nodes = [
${nodes.join('\n')}
  ]`);
  }
  return startTelegraf(folder, 1000, inputs);
}

async function startBare(_folder: string, port: number, items: number): Promise<Reader> {
  const { pid, stop } = startProgram('deploy/dist/bench/edge/bare-opcua-process.js', [String(port), String(items)]);
  return { pid, stop, figures: async () => ({}) };
}
