import { setTimeout as wait } from 'node:timers/promises';
import { ProcessMeter, percentiles, round } from '../process-meter.ts';
import { inFolder, startRegisterServer } from '../programs.ts';
import { modbusSources, startGongfu, startSink } from './gongfu-reader.ts';

const intervalMs = 1000;
const warmUpSeconds = 10;
/** Between two writes up to so long, so that they fall anywhere between the polls. */
const pauseMsMax = 100;

interface Told {
  readonly outcome: string;
  readonly code: string;
  readonly ms: number;
}

/**
 * One tag written again and again while all of them are read every second: the time from the command on the uplink to its
 * result there, with journal, interlock, write and read-back in between.
 */
export async function writesBench({ tags, writes }: { tags: number; writes: number }): Promise<object> {
  return inFolder(async (folder) => {
    const server = await startRegisterServer();
    const uplink = await startSink();
    const sources = modbusSources({ load: { tags, intervalMs }, port: server.port }).replace(
      'address: "holding:0", type: uint16 }',
      'address: "holding:0", type: uint16, write: { min: 0, max: 65535, interlock: { tag: r1, below: 10000 } } }',
    );
    const reader = await startGongfu({ uplink, folder, sources, settings: 'commands: { enabled: true }' });
    try {
      await begun(uplink, tags);
      await wait(warmUpSeconds * 1000);
      await written(uplink.url, Math.min(20, writes));
      const meter = new ProcessMeter(reader.pid);
      await server.sweeps(intervalMs);
      const told = await written(uplink.url, writes);
      const sweeps = await server.sweeps(intervalMs);
      const usage = meter.stop();
      const outcomes: Record<string, number> = {};
      for (const { code } of told) outcomes[code] = (outcomes[code] ?? 0) + 1;
      return {
        tags,
        intervalMs,
        writes,
        outcomes,
        writeMs: percentiles(told.map(({ ms }) => ms)),
        seconds: round(sweeps.seconds, 1),
        achievedRate: round((sweeps.registers * intervalMs) / (tags * sweeps.seconds * 1000), 4),
        pollsMissed: sweeps.missed,
        ...usage,
      };
    } finally {
      await reader.stop();
      await server.stop();
    }
  });
}

async function written(url: string, writes: number): Promise<Told[]> {
  const told: Told[] = [];
  for (let value = 1; value <= writes; value += 1) {
    const response = await fetch(`${url}/write?value=${value}`);
    if (!response.ok) throw new Error(await response.text());
    told.push((await response.json()) as Told);
    await wait(Math.random() * pauseMsMax);
  }
  return told;
}

/** Waits until every tag has come three times. */
async function begun(uplink: { figures(): Promise<object> }, tags: number): Promise<void> {
  let samples = 0;
  for (let tries = 0; tries < 300; tries += 1) {
    samples += ((await uplink.figures()) as { samples: number }).samples;
    if (samples >= 3 * tags) return;
    await wait(200);
  }
  throw new Error('three sweeps did not come within a minute');
}
