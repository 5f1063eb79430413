import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

/** The service on one processor core, all who use or abuse it on the other, as they are other machines in earnest. */
export const serviceCore = 0;
const loadCore = 1;

/** Moves this process, and what it starts from now on, away from the service's core. False where there is but one, or no `taskset`. */
export function leaveServiceCore(): boolean {
  if (cpus().length < 2) return false;
  return spawnSync('taskset', ['-acp', String(loadCore), String(process.pid)]).status === 0;
}
