import { formatError } from '@gongfu/shared/config/problem-text';

/**
 * Ends this process by `end`, once, when it is told to: by a signal, or as the program that started it is gone. The function
 * returned tells whether that has begun.
 */
export function stopOnSignal(end: () => Promise<void>): () => boolean {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    end().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${formatError(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Started by another program: when that is gone, so is the reason to run.
  if (process.send !== undefined) process.on('disconnect', stop);
  return () => stopping;
}
