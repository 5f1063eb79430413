import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The heap is looked through again when it has grown by so much over what was in use the last time. */
const growthPercent = 30;

/**
 * V8 lets the heap of a young process grow by hundreds of megabytes before it looks for what nobody needs any more, and
 * later to several times of what is in use: after a flood of requests the memory would stay taken for hours. Looked
 * through once, best when everything is started, it has a limit to go by.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}
