import { fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

/** A load in a process of its own: told what to do by one message, it tells its steps, then its result. */
export interface ForkedLoad<Result> {
  /** Resolves when the process tells that it has come so far. */
  step(name: string): Promise<void>;
  readonly result: Promise<Result>;
  tell(message: string): void;
}

export function forkLoad<Load extends object, Result>(
  name: string,
  load: Load,
  /** 0 unless told; above it the load gives way to those who measure beside it. */
  niceness = 0,
): ForkedLoad<Result> {
  const child = fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)));
  if (child.pid !== undefined) setPriority(child.pid, niceness);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${name} ended with code ${code}`)));
  });
  failed.catch(() => undefined);
  const result = new Promise<Result>((resolve) => {
    child.on('message', (message) => {
      if (typeof message !== 'object') return;
      resolve((message as { result: Result }).result);
      child.disconnect();
    });
  });
  child.send(load);
  return {
    step: (wanted) =>
      Promise.race([
        failed,
        new Promise<void>((resolve) => {
          child.on('message', (message) => {
            if (message === wanted) resolve();
          });
        }),
      ]),
    result: Promise.race([failed, result]),
    tell: (message) => void child.send(message),
  };
}
