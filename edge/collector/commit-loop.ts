import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { GapRecord, SampleBlock, SourceLoss } from '@gongfu/shared/model/sample';
import type { SampleSink } from './collector-types.ts';
import { GapList } from './gap-list.ts';
import { SampleColumns } from './sample-columns.ts';

export interface CommitLoopOptions {
  readonly sink: SampleSink;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly commitIntervalMs: number;
  readonly pendingSamplesMax: number;
}

interface Chunk {
  readonly blocks: readonly SampleBlock[];
  readonly gaps: readonly GapRecord[];
  readonly samples: number;
}

const chunkSamples = 65_536;
/** What one poll brings in arrives within this time and shares a commit. */
const gatherMs = 5;

/**
 * Gives what the columns hold to the sink: at once when the last commit is one interval ago (a slow poll's sample does not
 * wait for nothing), else when it will be, sooner when much is waiting; one call at a time. While the sink refuses, samples wait in memory; beyond the bound the oldest leave
 * and a gap record goes in their place.
 */
export class CommitLoop {
  readonly columns: SampleColumns;
  readonly #options: CommitLoopOptions;
  readonly #backoff: Backoff;
  readonly #chunks: Chunk[] = [];
  readonly #gaps = new GapList();
  #cancelCommit: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #committing: Promise<void> | undefined;
  #commitDue = false;
  #refused = false;
  #cutAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: CommitLoopOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ firstMs: 200, maxMs: 5_000, random: options.random });
    this.columns = new SampleColumns({
      fullSamples: Math.min(chunkSamples, Math.ceil(options.pendingSamplesMax / 4)),
      onFirst: () => this.#scheduleCommit(),
      onFull: () => this.#cut(),
    });
  }

  get pendingSamples(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.samples, this.columns.count);
  }

  /** Samples that never reached the driver, or reports of conditions nobody took. */
  addLoss(loss: { source: string; fromTime: number; toTime: number; reason: SourceLoss | 'buffer-full' }): void {
    this.#gaps.add({ ...loss, fromSequence: -1, toSequence: -1, samples: -1 });
    this.#scheduleCommit();
  }

  /** Gives everything to the sink now, and tries once only; what it refuses is lost with the process, and logged so. */
  async close(): Promise<void> {
    await this.#committing;
    this.#endRetry();
    this.#cut();
    while (this.#committing !== undefined) await this.#committing;
    this.#endRetry();
    if (this.#chunks.length > 0) {
      this.#options.log.error({ samples: this.pendingSamples }, 'samples lost at stop: the buffer does not take them');
    }
  }

  #endRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  #scheduleCommit(): void {
    if (this.#cancelCommit !== undefined) return;
    const { clock, commitIntervalMs } = this.#options;
    const dueMs = this.#cutAtMs + commitIntervalMs - clock.monotonicMs();
    this.#cancelCommit = clock.after(Math.max(dueMs, Math.min(gatherMs, commitIntervalMs)), () => {
      this.#cancelCommit = undefined;
      // While a commit is under way more may join the next one; while the sink refuses, only whole chunks are cut.
      this.#commitDue = true;
      if (!this.#refused && this.#committing === undefined) this.#cut();
    });
  }

  /** Closes the columns as they are into a chunk and sees that it is committed. */
  #cut(): void {
    this.#cancelCommit?.();
    this.#cancelCommit = undefined;
    this.#commitDue = false;
    this.#cutAtMs = this.#options.clock.monotonicMs();
    const samples = this.columns.count;
    const blocks = this.columns.take();
    const gaps = this.#gaps.take();
    if (samples > 0 || gaps.length > 0) this.#chunks.push({ blocks, gaps, samples });
    this.#dropBeyondBound();
    if (this.#cancelRetry === undefined) this.#commit();
  }

  #commit(): void {
    if (this.#committing !== undefined) return;
    this.#committing = this.#commitChunks().finally(() => {
      this.#committing = undefined;
      // A chunk may have been cut between the last look and now.
      if (this.#chunks.length > 0 && !this.#refused) this.#commit();
    });
  }

  async #commitChunks(): Promise<void> {
    const { sink, log, clock } = this.#options;
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      try {
        await sink(chunk.blocks, chunk.gaps);
      } catch (error) {
        if (!this.#refused)
          log.warn({ reason: messageOf(error) }, 'the buffer does not take samples; they wait in memory');
        this.#refused = true;
        this.#cancelRetry = clock.after(this.#backoff.nextMs(), () => {
          this.#cancelRetry = undefined;
          this.#commit();
        });
        return;
      }
      this.#chunks.shift();
      this.columns.recycle(chunk.blocks);
      this.#backoff.reset();
      if (this.#refused) log.info({ pendingSamples: this.pendingSamples }, 'the buffer takes samples again');
      this.#refused = false;
      if (this.#commitDue && this.#chunks.length === 0) this.#cut();
    }
  }

  #dropBeyondBound(): void {
    const { log, pendingSamplesMax } = this.#options;
    // The chunk the sink is working on may still become durable, so it is not ours to drop.
    const oldest = this.#committing === undefined ? 0 : 1;
    let dropped = 0;
    while (this.pendingSamples > pendingSamplesMax && this.#chunks.length > oldest + 1) {
      const [chunk] = this.#chunks.splice(oldest, 1);
      for (const gap of chunk!.gaps) this.#gaps.add(gap);
      if (chunk!.samples > 0) this.#gaps.add(overflowOf(chunk!));
      dropped += chunk!.samples;
    }
    if (dropped > 0)
      log.error({ samples: dropped }, 'samples dropped: the buffer does not take them and memory is full');
  }
}

function overflowOf({ blocks, samples }: Chunk): GapRecord {
  let fromTime = Number.POSITIVE_INFINITY;
  let toTime = Number.NEGATIVE_INFINITY;
  for (const { count, sourceTimes } of blocks) {
    for (let row = 0; row < count; row += 1) {
      fromTime = Math.min(fromTime, sourceTimes[row]!);
      toTime = Math.max(toTime, sourceTimes[row]!);
    }
  }
  return { fromSequence: -1, toSequence: -1, fromTime, toTime, samples, reason: 'buffer-full', source: '' };
}
