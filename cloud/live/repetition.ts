import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';

/** Runs `task` again and again, `periodMs` after the end of its last run. The returned function ends it. */
export function repeat(
  options: { clock: Clock; log: Logger; periodMs: number },
  task: () => void | Promise<void>,
): () => void {
  const { clock, log, periodMs } = options;
  let ended = false;
  let cancel = clock.after(periodMs, run);
  async function run(): Promise<void> {
    try {
      await task();
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'repeated task failed, tried again at the next turn');
    }
    if (!ended) cancel = clock.after(periodMs, run);
  }
  return () => {
    ended = true;
    cancel();
  };
}
