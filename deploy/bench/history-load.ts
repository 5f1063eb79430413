import { sleep, systemClock } from '@gongfu/shared/base/clock';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { HistoryStore } from '#cloud/history/history-store';
import { percentiles } from './process-meter.ts';

/** Batches are small and commits large, as when many gateways send each second. */
const rowsPerBatch = 1_000;
const batchesPerCommit = 80;
const commitsInFlight = 2;

export interface Steady {
  /** Of the commits since it was last asked. */
  take(): object;
  /** How many samples it has written. */
  stop(): Promise<number>;
}

/** Quantised random walks of two decimals, all tags in turn: what a plant's floats look like. */
export class HistoryLoad {
  readonly #walks: Float64Array;
  #state = 1;
  #sequence = 0;
  #written = 0;

  constructor(tags: number) {
    this.#walks = new Float64Array(tags).fill(5000);
  }

  get written(): number {
    return this.#written;
  }

  async fill(
    store: HistoryStore,
    { from, intervalMs, rounds, tags }: { from: number; intervalMs: number; rounds: number; tags: number },
  ): Promise<void> {
    const rows = rounds * tags;
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < rows) {
        const batches = [];
        for (let i = 0; i < batchesPerCommit && next < rows; i += 1, next += rowsPerBatch) {
          const at = next;
          const timeOf = (row: number) => from + Math.floor((at + row) / tags) * intervalMs;
          batches.push(this.#batch(Math.min(rowsPerBatch, rows - at), (row) => (at + row) % tags, timeOf));
        }
        await store.append(batches);
      }
    };
    await Promise.all(Array.from({ length: commitsInFlight }, lane));
  }

  /** So many samples a second of now, ten commits a second, until it is stopped. */
  steady(store: HistoryStore, samplesPerSecond: number): Steady {
    let isWanted = true;
    let written = 0;
    let milliseconds: number[] = [];
    const rows = Math.round(samplesPerSecond / 10);
    const run = async (): Promise<void> => {
      while (isWanted) {
        const begun = performance.now();
        const now = Date.now();
        await store.append([
          this.#batch(
            rows,
            (row) => row % this.#walks.length,
            () => now,
          ),
        ]);
        milliseconds.push(performance.now() - begun);
        written += rows;
        await sleep(systemClock, Math.max(0, 100 - (performance.now() - begun)));
      }
    };
    const running = run();
    return {
      take: () => {
        const taken = milliseconds;
        milliseconds = [];
        return { commits: taken.length, milliseconds: percentiles(taken) };
      },
      stop: async () => {
        isWanted = false;
        await running;
        return written;
      },
    };
  }

  #batch(count: number, tagOf: (row: number) => number, timeOf: (row: number) => number) {
    const block: SampleBlock<'number'> = {
      kind: 'number',
      count,
      tags: new Uint32Array(count),
      sourceTimes: new Float64Array(count),
      statuses: new Uint32Array(count),
      values: new Float64Array(count),
    };
    for (let row = 0; row < count; row += 1) {
      const tag = tagOf(row);
      this.#walks[tag] = this.#walks[tag]! + Math.round(this.#random() * 20 - 10);
      block.tags[row] = tag + 1;
      block.sourceTimes[row] = timeOf(row);
      block.values[row] = this.#walks[tag]! / 100;
    }
    this.#sequence += 1;
    this.#written += count;
    return {
      gatewayId: 'bench',
      epoch: 1,
      sequence: this.#sequence,
      ingestTime: Date.now(),
      blocks: [block],
      gaps: [],
    };
  }

  #random(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }
}
