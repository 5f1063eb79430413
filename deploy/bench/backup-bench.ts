import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { compareHistories } from '#cloud/migrate/history-comparison';
import { unitsOf } from '#cloud/migrate/move-units';
import { type KeptPlantOptions, keepPlant, keptTags } from './kept-plant.ts';
import { FamilyPeaks, round } from './process-meter.ts';
import { inFolder, startProgram } from './programs.ts';
import { bytesOf } from './stores/peer.ts';

const program = 'cloud/bin/gongfu-cloud.js';

/** Embedded stores copied while their service runs, put in the place of others, started, and compared sample by sample. */
export async function backupBench(options: KeptPlantOptions): Promise<object> {
  return inFolder(async (root) => {
    const [data, copy, restored] = [join(root, 'data'), join(root, 'copy'), join(root, 'restored')];
    const kept = await keepPlant(data, options);
    const service = await startedOn(data);
    const peaks = new FamilyPeaks(service.pid);
    const begun = performance.now();
    await startProgram(program, ['backup', copy], { DATA_DIR: data }).end();
    const seconds = secondsSince(begun);
    const [serviceMB, historyProcess] = peaks.stop();
    await service.stop();
    const backup = { seconds, bytes: await bytesOf(copy), rssMBMax: { service: serviceMB, historyProcess } };
    console.error(`  backed up: ${JSON.stringify(backup)}`);
    const copying = performance.now();
    cpSync(copy, restored, { recursive: true });
    const copySeconds = secondsSince(copying);
    const starting = performance.now();
    const again = await startedOn(restored);
    const startSeconds = secondsSince(starting);
    await again.stop();
    return {
      ...options,
      ...kept,
      backup,
      restore: { copySeconds, startSeconds },
      ...(await compared(data, restored, options)),
    };
  });
}

async function startedOn(folder: string) {
  const service = startProgram(program, ['run'], { DATA_DIR: folder, PORT: '0', HOST: '127.0.0.1' });
  await service.line(/^listening /m);
  return service;
}

/** @throws Problem `migration-differs` with the first difference */
async function compared(from: string, to: string, { tags }: KeptPlantOptions) {
  const parts = { log: silentLogger, clock: systemClock, random: Math.random };
  const [source, target] = [from, to].map(
    (folder) => new DuckdbHistoryStore({ folder: join(folder, 'history'), ...parts }),
  ) as [DuckdbHistoryStore, DuckdbHistoryStore];
  await source.start();
  await target.start();
  try {
    const begun = performance.now();
    const units = await unitsOf(
      source,
      keptTags(tags).map((tag) => ({ ...tag, since: 0 })),
    );
    const found = await compareHistories({ source, target, gatewayIds: ['bench'] }, units, () => undefined);
    return { compared: { ...found, seconds: secondsSince(begun) } };
  } finally {
    await source.stop();
    await target.stop();
  }
}

function secondsSince(begun: number): number {
  return round((performance.now() - begun) / 1000, 1);
}
