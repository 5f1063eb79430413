import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { megabytes, ProcessMeter, residentOf, round, usageOf } from '../process-meter.ts';
import { inFolder, startRegisterServer } from '../programs.ts';
import { modbusSources, startGongfu, startSink } from './gongfu-reader.ts';
import { slopeOf } from './trend.ts';

const load = { tags: 20_000, intervalMs: 1000 };
const lookMs = 10_000;
/** Compilers, tables and the store's file come to their size; of a short run a sixth. */
const warmUpSecondsMax = 600;

interface Look {
  readonly seconds: number;
  readonly rssMB: number;
  readonly anonymousMB: number;
  readonly fileMB: number;
  readonly descriptors: number;
}

interface Heap {
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** Twenty thousand samples a second for an hour: what grows? */
export function edgeHourBench({ seconds }: { seconds: number }): Promise<object> {
  return inFolder(async (folder) => {
    const server = await startRegisterServer();
    const heapFile = join(folder, 'heap.jsonl');
    const reporter = new URL('./heap-reporter.js', import.meta.url).href;
    const env = { BENCH_HEAP_FILE: heapFile, NODE_OPTIONS: `--import=${reporter}` };
    const sources = modbusSources({ load, port: server.port });
    const edge = await startGongfu({ uplink: await startSink(), folder, sources, env });
    try {
      const meter = new ProcessMeter(edge.pid);
      await edge.figures();
      await server.sweeps(load.intervalMs);
      const looks = await watched(edge.pid, seconds);
      const sweeps = await server.sweeps(load.intervalMs);
      const warmUpSeconds = Math.min(warmUpSecondsMax, seconds / 6);
      const warm = looks.filter((look) => look.seconds >= warmUpSeconds);
      const heaps = readFileSync(heapFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Heap);
      const warmHeaps = heaps.slice(Math.ceil((warmUpSeconds * 1000) / lookMs));
      return {
        ...load,
        seconds: round(sweeps.seconds, 0),
        samplesRead: sweeps.registers,
        samplesPerSecond: round(sweeps.registers / sweeps.seconds, 0),
        pollsMissed: sweeps.missed,
        sweepMs: sweeps.sweepMs,
        ...meter.stop(),
        warmUpSeconds,
        rssMBPerHour: perHour(warm, ({ rssMB }) => rssMB),
        // Pages of the store's file count as resident while the kernel keeps them: they are no growth of the program.
        anonymousMBPerHour: perHour(warm, ({ anonymousMB }) => anonymousMB),
        fileMBPerHour: perHour(warm, ({ fileMB }) => fileMB),
        descriptors: {
          first: warm[0]?.descriptors,
          last: warm.at(-1)?.descriptors,
          perHour: perHour(warm, (look) => look.descriptors),
        },
        heapMBPerHour: Object.fromEntries(
          (['heapUsed', 'heapTotal', 'external', 'arrayBuffers'] as const).map((part) => [
            part,
            heapPerHour(warmHeaps, part),
          ]),
        ),
        ...(await edge.figures()),
        // Each minute is enough to see the shape.
        rssMBEachMinute: looks.filter((_, place) => place % 6 === 0).map(({ rssMB }) => rssMB),
        anonymousMBEachMinute: looks.filter((_, place) => place % 6 === 0).map(({ anonymousMB }) => anonymousMB),
      };
    } finally {
      await edge.stop();
      await server.stop();
    }
  });
}

async function watched(pid: number, seconds: number): Promise<Look[]> {
  const begunMs = performance.now();
  const looks: Look[] = [];
  while (performance.now() - begunMs < seconds * 1000) {
    await wait(lookMs);
    const { anonymousBytes, fileBytes } = residentOf(pid);
    const look = {
      seconds: (performance.now() - begunMs) / 1000,
      rssMB: megabytes(usageOf(pid).rssBytes),
      anonymousMB: megabytes(anonymousBytes),
      fileMB: megabytes(fileBytes),
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
    };
    looks.push(look);
    if (looks.length % 6 === 0) console.error(`  ${JSON.stringify(look)}`);
  }
  return looks;
}

function perHour(looks: readonly Look[], figure: (look: Look) => number): number {
  return round(slopeOf(looks.map((look) => [look.seconds / 3600, figure(look)])), 2);
}

function heapPerHour(heaps: readonly Heap[], part: keyof Heap): number {
  return round(slopeOf(heaps.map((heap, place) => [(place * lookMs) / 3_600_000, heap[part] / 1024 ** 2])), 2);
}
