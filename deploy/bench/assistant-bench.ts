import { SimulatedNewcomer, type SimulatedRun } from '../demo/simulated-newcomer.ts';

export interface AssistantBenchOptions {
  readonly machines: number;
  /** Of the first machine; the others are numbered from it. */
  readonly seed: string;
  readonly keyMs: number;
  readonly lookMs: number;
}

/**
 * How long a newcomer before the panel of a machine nobody has a list of needs until every value is settled, over many machines, in
 * simulated time: only judging takes the time it takes on this one.
 */
export async function assistantBench(options: AssistantBenchOptions): Promise<object> {
  const { machines, seed, keyMs, lookMs } = options;
  const runs: (SimulatedRun & { readonly seed: string })[] = [];
  for (let i = 0; i < machines; i += 1) {
    const of = `${seed}${i}`;
    const run = await new SimulatedNewcomer({ seed: of, keyMs, lookMs }).run();
    runs.push({ seed: of, ...run });
    console.error(JSON.stringify(runs.at(-1)));
  }
  const sumOf = (pick: (run: SimulatedRun) => number) => runs.reduce((sum, run) => sum + pick(run), 0);
  return {
    bench: 'assistant',
    ...options,
    tags: sumOf(({ tags }) => tags),
    right: sumOf(({ right }) => right),
    wrong: runs.flatMap((run) => run.wrong.map((name) => `${run.seed} ${name}`)),
    open: runs.flatMap((run) => run.open.map((name) => `${run.seed} ${name}`)),
    seconds: spreadOf(runs.map((run) => run.seconds)),
    readings: spreadOf(runs.map((run) => run.readings)),
    judgingSeconds: spreadOf(runs.map((run) => run.judgingSeconds)),
    slowest: runs.toSorted((a, b) => b.seconds - a.seconds).slice(0, 3),
  };
}

function spreadOf(values: readonly number[]): object {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { least: sorted[0], p50: at(0.5), p90: at(0.9), p99: at(0.99), greatest: sorted.at(-1) };
}
