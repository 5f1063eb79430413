import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Clock } from '@gongfu/shared/base/clock';
import { makeFolders } from '@gongfu/shared/base/folder';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { HistoryBackup } from '../history/history-backup.ts';
import type { Records } from '../records/records.ts';

export interface BackupReport {
  readonly folder: string;
  readonly takenAt: string;
  readonly parts: readonly ('history' | 'records')[];
}

export interface BackupOptions {
  /** Undefined where a server keeps it. */
  readonly history: HistoryBackup | undefined;
  readonly records: Pick<Records, 'backUp'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
}

/** A copy of the embedded stores that fit together, taken while the service runs. */
export class Backup {
  readonly #options: BackupOptions;
  #isRunning = false;

  constructor(options: BackupOptions) {
    this.#options = options;
  }

  /** Into a folder that is not there yet or empty: it is there whole or not at all. @throws Problem */
  async take(folder: string): Promise<BackupReport> {
    const { history, records } = this.#options;
    if (history === undefined && records.backUp === undefined) throw nothingEmbedded();
    if (this.#isRunning) throw running();
    this.#isRunning = true;
    const unfinished = `${folder}.unfinished`;
    try {
      await refuseUsed(folder);
      await rm(unfinished, { recursive: true, force: true });
      makeFolders(dirname(unfinished));
      await mkdir(unfinished, { mode: 0o700 });
      const report = await this.#write(unfinished, folder);
      await rename(unfinished, folder);
      this.#options.log.info({ folder, parts: report.parts }, 'a backup was taken');
      return report;
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
      throw error instanceof Problem ? error : failed(folder, error);
    } finally {
      this.#isRunning = false;
    }
  }

  async #write(unfinished: string, folder: string): Promise<BackupReport> {
    const { history, records, clock, version } = this.#options;
    const parts: ('history' | 'records')[] = [];
    const takenAt = new Date(clock.now()).toISOString();
    // The history first: what the records have learnt since then is known too much, never too little.
    if (history !== undefined) {
      await mkdir(join(unfinished, 'history'), { mode: 0o700 });
      await history.backUp(join(unfinished, 'history'));
      parts.push('history');
    }
    if (records.backUp !== undefined) {
      await mkdir(join(unfinished, 'records'), { mode: 0o700 });
      await records.backUp(join(unfinished, 'records'));
      parts.push('records');
    }
    const report = { folder, takenAt, parts };
    await writeFile(join(unfinished, 'backup.json'), `${JSON.stringify({ version, takenAt, parts })}\n`);
    return report;
  }
}

async function refuseUsed(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (isAbsolute(folder) && found.length === 0) return;
  throw new Problem({
    code: 'backup-folder-used',
    detail: `the folder ${folder} of the backup is not empty`,
    advice: 'Name a folder that is not there yet: each backup has one of its own.',
    reaction: 'stop',
  });
}

function nothingEmbedded(): Problem {
  return new Problem({
    code: 'backup-not-embedded',
    detail: 'history and records are both kept by servers, so there is nothing of this service to back up',
    advice: 'Back up InfluxDB with influx backup and MongoDB with mongodump.',
    reaction: 'stop',
  });
}

function running(): Problem {
  return new Problem({
    code: 'backup-running',
    detail: 'another backup is being taken',
    advice: 'Wait until it has ended.',
    reaction: 'retry',
  });
}

function failed(folder: string, cause: unknown): Problem {
  return new Problem({
    code: 'backup-failed',
    detail: `the backup into ${folder} could not be written: ${messageOf(cause)}`,
    advice: 'Check that the user of the service may write there and that there is room; nothing was left there.',
    reaction: 'stop',
    cause,
  });
}
