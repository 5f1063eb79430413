import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { ReloadReport } from './reload-report.ts';

/** Keeps the outcome of the last reload beside the buffer, for whoever asked for it by a signal, which has no answer. */
export function keepReport(folder: string, report: ReloadReport, log: Logger): void {
  const file = fileIn(folder);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.draft`, JSON.stringify(report), { mode: 0o600 });
    renameSync(`${file}.draft`, file);
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'the outcome of the reload could not be kept');
  }
}

/** Undefined before the first reload. */
export function readReport(folder: string): ReloadReport | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(folder), 'utf8')) as ReloadReport;
  } catch {
    return undefined;
  }
}

function fileIn(folder: string): string {
  return join(folder, 'configuration', 'reload.json');
}
