import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { LiveSample } from '@gongfu/shared/wire/live';
import type { HistoryStore, HistoryTag } from '../history/history-store.ts';
import type { Committed } from '../ingest/committed.ts';
import { liveSample } from './live-sample.ts';
import { type Heard, type Ledger, missedBatches } from './position.ts';

/** What somebody missed of the tags of one gateway. `now` is where the live events go on. */
export interface Missed {
  readonly gatewayId: string;
  readonly tags: readonly HistoryTag[];
  readonly heard: Heard;
  readonly now: Ledger;
}

export const missedSamplesMax = 20_000;
export const absenceMaxMs = 24 * 3_600_000;
/** Rows looked through for one resumption, those heard before included. */
const scannedRowsMax = 200_000;
const waitingMax = 200;
const pageRows = 10_000;
/** A sample older than this when it arrives was kept back by its gateway. */
const lateAfterMs = 15 * 60_000;

/**
 * Reads from the history what came while a client was away, batch by batch as the ingest ledger names them: so nothing is
 * brought twice and nothing left out, whichever order it came in. One after the other, never in the way of a page.
 */
export class Resumption {
  readonly #history: Pick<HistoryStore, 'samples'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #late = new Map<string, { at: number; oldest: number }>();
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: { history: Pick<HistoryStore, 'samples'>; clock: Clock; log: Logger }) {
    this.#history = options.history;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Keeps in mind which gateway delivered old samples, and how old: there a resumption must look further back. */
  note({ gatewayId, blocks, ingestTime }: Committed): void {
    let oldest = ingestTime;
    for (const { sourceTimes, count } of blocks) {
      if (count > 0) oldest = Math.min(oldest, sourceTimes[0]!, sourceTimes[count - 1]!);
    }
    if (oldest > ingestTime - lateAfterMs) return;
    const before = this.#late.get(gatewayId);
    const kept = before !== undefined && before.at > ingestTime - absenceMaxMs ? before.oldest : oldest;
    this.#late.set(gatewayId, { at: ingestTime, oldest: Math.min(kept, oldest) });
  }

  /** Undefined when it is more than can be told, or cannot be read now. */
  async read(missed: readonly Missed[]): Promise<LiveSample[] | undefined> {
    if (this.#waiting >= waitingMax) return undefined;
    this.#waiting += 1;
    const turn = this.#turn.then(() => this.#readAll(missed));
    this.#turn = turn.catch(() => undefined);
    try {
      return await turn;
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'a live client could not be told what it missed');
      return undefined;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #readAll(missed: readonly Missed[]): Promise<LiveSample[] | undefined> {
    const found: LiveSample[] = [];
    let scanned = 0;
    for (const { gatewayId, tags, heard, now } of missed) {
      const batches = missedBatches(now, heard.ledger);
      if (batches.empty) continue;
      if (heard.at < this.#clock.now() - absenceMaxMs) return undefined;
      for (const tag of tags) {
        let cursor: string | undefined;
        do {
          const page = await this.#history.samples({
            tag,
            from: this.#from(gatewayId, heard.at),
            to: Number.MAX_SAFE_INTEGER,
            limit: pageRows,
            ...(cursor === undefined ? {} : { cursor }),
          });
          for (const sample of page.samples) if (batches.has(sample)) found.push(liveSample(tag.number, sample));
          scanned += page.samples.length;
          if (found.length > missedSamplesMax || scanned > scannedRowsMax) return undefined;
          cursor = page.cursor;
        } while (cursor !== undefined);
      }
    }
    return found;
  }

  #from(gatewayId: string, at: number): number {
    const late = this.#late.get(gatewayId);
    const from = at - lateAfterMs;
    return Math.max(0, late !== undefined && late.at >= at ? Math.min(late.oldest, from) : from);
  }
}
