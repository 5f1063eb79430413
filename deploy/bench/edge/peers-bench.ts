import { setTimeout as wait } from 'node:timers/promises';
import { ProcessMeter, peakSinceStart, round } from '../process-meter.ts';
import { inFolder, type RegisterServer, startRegisterServer } from '../programs.ts';
import { gongfuToCloud, gongfuToSink } from './gongfu-reader.ts';
import type { Load } from './load.ts';
import type { OpenReader } from './reader.ts';
import { telegrafReader } from './telegraf-reader.ts';
import { thingsboardReader } from './thingsboard-reader.ts';

const readers: Readonly<Record<string, OpenReader>> = {
  gongfu: gongfuToSink,
  gongfuToCloud,
  telegraf: telegrafReader,
  thingsboard: thingsboardReader,
};
const loads: Readonly<Record<string, Load>> = {
  '1k': { tags: 1_000, intervalMs: 1000 },
  '10k': { tags: 10_000, intervalMs: 1000 },
  '100k': { tags: 100_000, intervalMs: 1000 },
  '10kFast': { tags: 10_000, intervalMs: 100 },
};

export interface EdgePeersOptions {
  readonly seconds: number;
  /** Compilers of programs warm up, connections come to be, tables grow: not measured, of all programs alike. */
  readonly warmUpSeconds: number;
  /** As `gongfu-10k`; all but the cloud's unless told, of those one. */
  readonly rows?: readonly string[];
}

/** The agent beside programs of others, one after the other against the same simulator of registers. */
export async function edgePeersBench({ rows, ...spans }: EdgePeersOptions): Promise<object> {
  const names = Object.keys(loads).flatMap((load) => Object.keys(readers).map((reader) => `${reader}-${load}`));
  // The cloud is another bench's matter: one row shows that it costs the agent no more than the sink.
  const usual = names.filter((name) => !name.startsWith('gongfuToCloud') || name === 'gongfuToCloud-10k');
  const unknown = rows?.find((row) => !names.includes(row));
  if (unknown !== undefined) throw new Error(`no row ${unknown}; there are ${names.join(', ')}`);
  const results: Record<string, object> = {};
  for (const name of rows ?? usual) {
    console.error(`  ${name} …`);
    const [reader = '', load = ''] = name.split('-');
    // Anew for each: what was asked by the program before is no poll the next one missed.
    const server = await startRegisterServer();
    try {
      results[name] = await measured(server, readers[reader]!, loads[load]!, spans);
    } finally {
      await server.stop();
    }
    console.error(`    ${JSON.stringify(results[name])}`);
  }
  return results;
}

function measured(
  server: RegisterServer,
  open: OpenReader,
  load: Load,
  { seconds, warmUpSeconds }: Omit<EdgePeersOptions, 'rows'>,
): Promise<object> {
  return inFolder(async (folder) => {
    const reader = await open({ load, port: server.port, folder });
    if (reader === undefined) return { skipped: 'not on this machine' };
    try {
      if (!(await begun(server, load))) return { skipped: 'three sweeps were not read within a minute' };
      await wait(warmUpSeconds * 1000);
      const meter = new ProcessMeter(reader.pid);
      const simulator = new ProcessMeter(server.pid);
      await reader.figures();
      await server.sweeps(load.intervalMs);
      await wait(seconds * 1000);
      const sweeps = await server.sweeps(load.intervalMs);
      const usage = meter.stop();
      return {
        tags: load.tags,
        intervalMs: load.intervalMs,
        warmUpSeconds,
        seconds: round(sweeps.seconds, 2),
        samplesRead: sweeps.registers,
        achievedRate: round((sweeps.registers * load.intervalMs) / (load.tags * sweeps.seconds * 1000), 4),
        pollsMissed: sweeps.missed,
        sweepMs: sweeps.sweepMs,
        ...usage,
        rssMBPeakSinceStart: peakSinceStart(reader.pid),
        cpuMicrosecondsPerSample: round((usage.cpuSeconds / sweeps.registers) * 1e6, 2),
        simulatorCpuSeconds: simulator.stop().cpuSeconds,
        ...(await reader.figures()),
      };
    } finally {
      await reader.stop();
    }
  });
}

/** Waits until every tag has been read three times. */
async function begun(server: RegisterServer, load: Load): Promise<boolean> {
  await server.sweeps(load.intervalMs);
  let registers = 0;
  for (let tries = 0; tries < 300; tries += 1) {
    await wait(200);
    registers += (await server.sweeps(load.intervalMs)).registers;
    if (registers >= 3 * load.tags) return true;
  }
  return false;
}
