import { join } from 'node:path';
import { type KeptPlantOptions, keepPlant } from './kept-plant.ts';
import { FamilyPeaks, round } from './process-meter.ts';
import { productionServers } from './production-servers.ts';
import { inFolder, startProgram } from './programs.ts';

const longestMs = 3 * 3_600_000;

/** Embedded stores moved to servers and back; each move compares all of it by itself. */
export async function migrateBench(options: KeptPlantOptions): Promise<object> {
  return inFolder(async (root) => {
    const servers = await productionServers(join(root, 'servers'));
    if (servers === undefined) return { skipped: 'no InfluxDB or no FerretDB: test/kit/servers/build.sh builds them' };
    try {
      const [old, returned] = [join(root, 'old'), join(root, 'returned')];
      const kept = await keepPlant(old, options);
      const { lines: there, ...toServers } = await moved('servers', old, servers.env);
      console.error(`  to servers: ${JSON.stringify(toServers)}`);
      const { lines: back, ...toEmbedded } = await moved('embedded', returned, servers.env);
      const agrees = kept.samplesWritten === toServers.samples && JSON.stringify(there) === JSON.stringify(back);
      return { ...options, ...kept, toServers, toEmbedded, agrees, history: there.at(-1) };
    } finally {
      await servers.stop();
    }
  });
}

async function moved(to: 'servers' | 'embedded', folder: string, servers: Readonly<Record<string, string>>) {
  const begun = performance.now();
  const secondsNow = () => round((performance.now() - begun) / 1000, 1);
  const env = { ...servers, DATA_DIR: folder };
  const program = startProgram('cloud/bin/gongfu-cloud.js', ['migrate', '--to', to], env);
  const peaks = new FamilyPeaks(program.pid);
  const stored = program.line(/^history 100 %$/m, longestMs).then(secondsNow);
  const text = await program.end();
  const seconds = secondsNow();
  const [migrating, historyProcess] = peaks.stop();
  const samples = Number(/^history samples=(\d+)/m.exec(text)?.[1]);
  return {
    seconds,
    /** The rest is comparing. */
    storedAfterSeconds: await stored,
    samples,
    samplesPerSecond: Math.round(samples / seconds),
    rssMBMax: { migrating, historyProcess },
    lines: text.split('\n').filter((line) => line.includes('sha256=')),
  };
}
