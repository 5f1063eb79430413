import { type Clock, sleep } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { Admission } from '../admission.ts';
import type {
  AdmittedBatch,
  FirstPageQuery,
  GapPage,
  HistoryStore,
  HistoryTag,
  QuarantineRecord,
  SamplePage,
  SampleQuery,
  SeriesPoint,
  StoredSample,
  TagColumns,
  TagStatistics,
  Trend,
  WatermarkRange,
} from '../history-store.ts';
import type { Amount, Expiry, MovableHistory, QuarantinePage, RestoredPiece } from '../movable-history.ts';
import { readAmounts } from './amounts.ts';
import { DirtyMinutes } from './dirty-minutes.ts';
import { GapLedger, gapLines } from './gap-ledger.ts';
import { Generations } from './generations.ts';
import { HorizonLedger } from './horizon-ledger.ts';
import { type InfluxAddress, InfluxLink, type InfluxPatience } from './influx-link.ts';
import { unavailable } from './influx-problems.ts';
import { Ledger } from './ledger.ts';
import { LineEncoder } from './line-encoder.ts';
import { LineWriter, type RefusedLines } from './line-writer.ts';
import { OrderedReader } from './ordered-reader.ts';
import { latestMs } from './point-scheme.ts';
import { QuarantineLedger } from './quarantine-ledger.ts';
import { type RollupPace, Rollups } from './rollups.ts';
import { type MakeScratch, SampleCopy } from './sample-copy.ts';
import { SampleReader } from './sample-reader.ts';
import { StatisticsReader } from './statistics-reader.ts';
import { TrendReader } from './trend-reader.ts';

const defaultPatience: InfluxPatience = { writeMs: 15_000, queryMs: 30_000 };
/** So often the first contact is tried before the start is given up. */
const firstContacts = 5;
const betweenContactsMs = 2_000;
const rollupPace: RollupPace = { lookMs: 30_000, settleMs: 15_000, shortenMs: 3_600_000 };

export interface InfluxHistoryOptions {
  readonly address: InfluxAddress;
  readonly log: Logger;
  readonly clock: Clock;
  readonly makeScratch: MakeScratch;
  readonly rollups?: RollupPace;
  readonly patience?: InfluxPatience;
}

/**
 * The history in a bucket of an InfluxDB 2 server. There is no transaction: rows, gaps and the journal of the roll-ups are
 * written first and the watermark last, each to the server's 204. What fails in between is sent again whole and lands on
 * the same points.
 */
export class InfluxHistoryStore implements MovableHistory, Part {
  readonly #link: InfluxLink;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #encoder = new LineEncoder();
  readonly #writer: LineWriter;
  readonly #generations: Generations;
  readonly #ledger: Ledger;
  readonly #gaps: GapLedger;
  readonly #quarantine: QuarantineLedger;
  readonly #horizons: HorizonLedger;
  readonly #dirty: DirtyMinutes;
  readonly #rollups: Rollups;
  readonly #samples: SampleReader;
  readonly #trends: TrendReader;
  readonly #figures: StatisticsReader;
  readonly #copy: SampleCopy;
  readonly #reads = new Admission({ runningMax: 4, waitingMax: 64 });
  /** One at a time: it takes minutes where a picture takes a moment. */
  readonly #copies = new Admission({ runningMax: 1, waitingMax: 4 });
  readonly #appends = new Set<Promise<unknown>>();
  #bucketId = '';
  #isOpen = false;
  /** What the last write met; undefined while all is well. */
  #fault: string | undefined = 'not started';

  constructor(options: InfluxHistoryOptions) {
    const { address, log, clock, makeScratch, rollups: pace = rollupPace, patience = defaultPatience } = options;
    const link = new InfluxLink({ address, clock, patience });
    const writer = new LineWriter({ link, log });
    const generations = new Generations(link);
    const dirty = new DirtyMinutes({ link, writer, generations });
    const ordered = new OrderedReader(link);
    this.#link = link;
    this.#log = log;
    this.#clock = clock;
    this.#writer = writer;
    this.#generations = generations;
    this.#ledger = new Ledger({ link, generations });
    this.#gaps = new GapLedger(link);
    this.#quarantine = new QuarantineLedger(link);
    this.#horizons = new HorizonLedger(link);
    this.#dirty = dirty;
    this.#rollups = new Rollups({ link, writer, dirty, appends: this.#appends, clock, log, pace });
    this.#samples = new SampleReader({ link, ordered });
    this.#trends = new TrendReader({ link, ordered, dirty });
    this.#figures = new StatisticsReader(ordered);
    this.#copy = new SampleCopy({ link, ordered, makeScratch });
  }

  /** @throws Problem `history-denied`, `history-bucket-unfit`, `history-unavailable` after ten seconds without an answer */
  async start(): Promise<void> {
    if (this.#isOpen) return;
    this.#link.open();
    try {
      this.#bucketId = await this.#contact();
      await this.#generations.open();
      await this.#ledger.open();
      await this.#quarantine.open();
      await this.#horizons.open();
      await this.#dirty.open();
    } catch (error) {
      this.#link.close();
      throw error;
    }
    await this.#rollups.start();
    this.#isOpen = true;
    this.#fault = undefined;
    this.#log.info({ bucket: this.#bucketId }, 'history open on InfluxDB');
  }

  async stop(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#fault = 'stopped';
    await Promise.allSettled([...this.#appends]);
    await this.#rollups.stop();
    this.#link.close();
  }

  append(batches: readonly AdmittedBatch[]): Promise<void> {
    return this.#write(batches, () => this.#ledger.add(batches));
  }

  restore({ batches, known, quarantine = [], expired = [] }: RestoredPiece): Promise<void> {
    return this.#write(batches, async () => {
      for (const record of quarantine) await this.#quarantine.restore(record);
      await this.#horizons.restore(expired);
      await this.#ledger.addRanges(known);
    });
  }

  #write(batches: readonly AdmittedBatch[], acknowledge: () => Promise<void>): Promise<void> {
    if (!this.#isOpen) return Promise.reject(unavailable('it is stopped'));
    const written = this.#observed(this.#writeRows(batches).then(acknowledge));
    this.#appends.add(written);
    const forget = () => this.#appends.delete(written);
    written.then(forget, forget);
    return written;
  }

  /** All but the watermark. */
  async #writeRows(batches: readonly AdmittedBatch[]): Promise<void> {
    const lines = this.#encoder.encode(batches);
    this.#dirty.mark(batches);
    // Both are durable before the watermark is; of the two none needs to be the first.
    const [refused] = await allOf([this.#writer.write(lines), this.#dirty.flush()] as const);
    if (refused.length > 0) await this.#putAside(batches[0]!, refused);
    for (const gaps of batches.flatMap(gapLines)) await this.#link.write(gaps);
  }

  /** Lines no server would take, with the batch that led the append they came with. */
  async #putAside(batch: AdmittedBatch, refused: readonly RefusedLines[]): Promise<void> {
    const { gatewayId, epoch, sequence, ingestTime } = batch;
    for (const { bytes, lines, reason } of refused) {
      const detail = `InfluxDB refuses ${lines} rows: ${reason}`;
      await this.#quarantine.keep({ gatewayId, epoch, sequence, ingestTime, code: 'rows-refused', detail, bytes });
    }
  }

  watermarks(): Promise<WatermarkRange[]> {
    return this.#ledger.watermarks();
  }

  quarantine(record: QuarantineRecord): Promise<void> {
    return this.#observed(this.#quarantine.keep(record));
  }

  quarantined(query: { limit: number; cursor?: string }): Promise<QuarantinePage> {
    return this.#reads.run(() => this.#quarantine.page(query));
  }

  async amounts(query: Parameters<MovableHistory['amounts']>[0]): Promise<Amount[]> {
    this.#horizons.horizons.check('samples', query.tags, { from: query.from, to: latestMs });
    return this.#reads.run(() => readAmounts(this.#link, query));
  }

  expired(): Promise<Expiry[]> {
    return Promise.resolve(this.#horizons.horizons.list);
  }

  async samples(query: SampleQuery): Promise<SamplePage> {
    this.#horizons.horizons.check('samples', [query.tag], query);
    return this.#reads.run(() => this.#samples.samples(query));
  }

  async firstPages(queries: readonly FirstPageQuery[]): Promise<SamplePage[]> {
    for (const query of queries) this.#horizons.horizons.check('samples', [query.tag], query);
    return this.#reads.run(() => this.#samples.firstPages(queries));
  }

  async series(query: Parameters<HistoryStore['series']>[0]): Promise<SeriesPoint[]> {
    this.#horizons.horizons.check('samples', [query.tag], query);
    return this.#reads.run(() => this.#samples.series(query));
  }

  async trend(query: Parameters<HistoryStore['trend']>[0]): Promise<Trend> {
    // Coarser steps of what is gone were left behind when the history came here.
    this.#horizons.horizons.check('days', query.tags, query);
    return this.#reads.run(() => this.#trends.trend(query));
  }

  async statistics(query: Parameters<HistoryStore['statistics']>[0]): Promise<TagStatistics[]> {
    this.#horizons.horizons.check('samples', query.tags, query);
    return this.#reads.run(() => this.#figures.statistics(query));
  }

  async copy(query: Parameters<HistoryStore['copy']>[0]): Promise<number> {
    this.#horizons.horizons.check('samples', query.tags, query);
    return this.#copies.run(() => this.#copy.copy(query));
  }

  async columns(query: Parameters<HistoryStore['columns']>[0]): Promise<TagColumns> {
    this.#horizons.horizons.check('samples', [query.tag], query);
    return this.#reads.run(() => this.#samples.columns(query));
  }

  latest(tags: readonly HistoryTag[]): Promise<(StoredSample & { tag: number })[]> {
    return this.#reads.run(() => this.#samples.latest(tags, this.#clock.now()));
  }

  gaps(query: Parameters<HistoryStore['gaps']>[0]): Promise<GapPage> {
    return this.#reads.run(() => this.#gaps.gaps(query));
  }

  async health(): Promise<{ ready: boolean; detail: string; bytes: number }> {
    if (!this.#isOpen) return { ready: false, detail: 'not started', bytes: 0 };
    try {
      this.#bucketId = await this.#link.bucketId();
    } catch (error) {
      return { ready: false, detail: this.#fault ?? messageOf(error), bytes: 0 };
    }
    const bytes = bytesOf((await this.#link.metrics()) ?? '', this.#bucketId);
    return { ready: this.#fault === undefined, detail: this.#fault ?? 'open', bytes };
  }

  async #contact(): Promise<string> {
    for (let contact = 1; ; contact += 1) {
      try {
        return await this.#link.bucketId();
      } catch (error) {
        const isPassing = error instanceof Problem && error.code === 'history-unavailable';
        if (!isPassing || contact === firstContacts) throw error;
        await sleep(this.#clock, betweenContactsMs);
      }
    }
  }

  /** A write that fails is what `/readyz` tells until one succeeds. */
  async #observed<T>(write: Promise<T>): Promise<T> {
    try {
      const answer = await write;
      if (this.#fault !== undefined && this.#isOpen) {
        this.#fault = undefined;
        this.#log.info({}, 'InfluxDB takes samples again');
      }
      return answer;
    } catch (error) {
      if (this.#fault !== messageOf(error)) this.#log.error({ error: messageOf(error) }, 'InfluxDB takes no samples');
      this.#fault = messageOf(error);
      throw error;
    }
  }
}

/** All have come to their end when the first failure is told. */
async function allOf<A, B>(tasks: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

/** What the shards of the bucket take, by the server's own metrics; 0 where it does not tell them. */
function bytesOf(metrics: string, bucketId: string): number {
  let bytes = 0;
  for (const line of metrics.split('\n')) {
    if (!/^storage_(shard_disk_size|wal_size)\{/.test(line) || !line.includes(`bucket="${bucketId}"`)) continue;
    bytes += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return bytes;
}
