import { setTimeout as wait } from 'node:timers/promises';
import { httpAttacks } from './abuse-http.ts';
import { payloadAttacks } from './abuse-payloads.ts';
import type { AbuseLoad, Attack, Count } from './abuse-rows.ts';
import { socketAttacks } from './abuse-sockets.ts';

/** One row of `abuse-bench.ts`, in a process of its own: those who mean harm, until their time is over. */
const attacks: Record<string, (load: AbuseLoad, count: Count) => Attack> = {
  /** What happens anyway. */
  nothing: ({ seconds }: AbuseLoad) => ({ lanes: 1, once: () => wait(seconds * 1_000) }),
  /** Takes the processor of the bystanders and asks the service for nothing: so much of what they notice is the bench's own. */
  busy: () => ({ lanes: 1, once: spin }),
  ...httpAttacks,
  ...socketAttacks,
  ...payloadAttacks,
};
const outcomes: Record<string, number> = {};

process.once('message', async (load: AbuseLoad) => {
  const { lanes, once } = attacks[load.row]!(load, count);
  const end = performance.now() + load.seconds * 1000;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) await once().catch(() => count('broken'));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  process.send?.({ result: outcomes }, () => process.exit());
});

async function spin(): Promise<void> {
  const until = performance.now() + 5;
  while (performance.now() < until);
  await wait(1);
}

function count(outcome: string | number): void {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}
