import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '@gongfu/shared/base/folder';
import { Problem } from '@gongfu/shared/base/problem';
import { inUse, unwritable } from './buffer-problem.ts';

const lockName = 'buffer.lock';

/**
 * Takes the folder for this process; the returned function gives it back. The lock names process and start time, so one
 * left by a dead process, or by another process that had the same id before a restart, is taken over.
 * @throws Problem `buffer-in-use`, `buffer-folder-unwritable`
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, lockName);
  const own = `${process.pid} ${startOf(process.pid)}`;
  try {
    take(folder, file, own);
  } catch (error) {
    throw error instanceof Problem ? error : unwritable(folder, error);
  }
  return () => {
    if (contentOf(file) === own) rmSync(file, { force: true });
  };
}

/** Process of the agent that has the folder; undefined when none does. */
export function holderOf(folder: string): number | undefined {
  const content = contentOf(join(folder, lockName));
  return content === undefined ? undefined : aliveIn(content);
}

/**
 * Of several that find the same dead holder one takes over: whoever has the file named after that holder, and still finds
 * it in the lock then. A process that died just there is a dead holder of that file.
 */
function take(folder: string, file: string, own: string): void {
  while (!created(file, own)) {
    const found = contentOf(file);
    if (found === undefined) continue;
    const pid = aliveIn(found);
    if (pid !== undefined) throw inUse(folder, pid);
    const succession = `${join(folder, lockName)}.after-${found.replace(/\D+/g, '-').slice(0, 60)}`;
    take(folder, succession, own);
    try {
      if (contentOf(file) !== found) continue;
      const draft = draftOf(file, own);
      renameSync(draft, file);
      return;
    } finally {
      rmSync(succession, { force: true });
    }
  }
}

/** False when the file is there. Whoever reads it never finds half of it, where the disk knows hard links. */
function created(file: string, own: string): boolean {
  const draft = draftOf(file, own);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // FAT, for one, has no hard links.
    return createdPlainly(file, own);
  } finally {
    rmSync(draft, { force: true });
  }
}

function createdPlainly(file: string, own: string): boolean {
  try {
    writeFileSync(file, own, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function draftOf(file: string, own: string): string {
  const draft = `${file}.draft-${process.pid}`;
  writeFileSync(draft, own);
  return draft;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The process a lock names, where it lives. */
function aliveIn(content: string): number | undefined {
  const pid = Number.parseInt(content, 10);
  return isAlive(pid) && content === `${pid} ${startOf(pid)}` ? pid : undefined;
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
    return codeOf(error) === 'EPERM';
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

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
