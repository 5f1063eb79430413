import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '@gongfu/shared/base/folder';
import { Problem } from '@gongfu/shared/base/problem';
import { inUse, unwritable } from './buffer-problem.ts';

/**
 * Takes the folder for this process; the returned function gives it back. The lock names process and start time, so one
 * left by a dead process, or by another process that had the same id before a restart, is taken over.
 * @throws Problem `buffer-in-use`, `buffer-folder-unwritable`
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'buffer.lock');
  const own = `${process.pid} ${startOf(process.pid)}`;
  try {
    try {
      writeFileSync(file, own, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = holderOf(folder);
      if (pid !== undefined) throw inUse(folder, pid);
      writeFileSync(file, own);
    }
  } catch (error) {
    throw error instanceof Problem ? error : unwritable(folder, error);
  }
  return () => rmSync(file, { force: true });
}

/** Process of the agent that has the folder; undefined when none does. */
export function holderOf(folder: string): number | undefined {
  const file = join(folder, 'buffer.lock');
  if (!existsSync(file)) return undefined;
  const holder = readFileSync(file, 'utf8');
  const pid = Number.parseInt(holder, 10);
  return isAlive(pid) && holder === `${pid} ${startOf(pid)}` ? pid : undefined;
}

/** @throws Problem `buffer-folder-unwritable` */
export function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Start of a process in ticks since boot (field 22 of its stat); '' where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
