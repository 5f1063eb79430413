import { isDeepStrictEqual } from 'node:util';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Driver } from '@gongfu/shared/sdk/driver';
import type {
  CollectorOptions,
  CollectorSource,
  SourceStats,
  TagPage,
  TagQuery,
  TagReading,
} from './collector-types.ts';
import { CommitLoop } from './commit-loop.ts';
import { ConditionQueue } from './condition-queue.ts';
import { SourceConditions } from './source-conditions.ts';
import { SourceRunner } from './source-runner.ts';
import { SourceWriter } from './source-writer.ts';
import { TagFeed } from './tag-feed.ts';
import { TagPlaces } from './tag-places.ts';
import { TagTable } from './tag-table.ts';

const pendingSamplesMaxDefault = 200_000;

interface RunningSource {
  readonly source: CollectorSource;
  readonly table: TagTable;
  readonly runner: SourceRunner;
}

/** Owns the drivers: polls them on a fixed grid, thins what they deliver, and gives it to the sink in columns. */
export class Collector implements Part {
  readonly #options: CollectorOptions;
  readonly #places = new TagPlaces();
  readonly #feed = new TagFeed();
  #commits: CommitLoop | undefined;
  #conditions: ConditionQueue | undefined;
  #running: readonly RunningSource[] = [];

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Resolves when every driver has been started; no source needs to be reachable for that. */
  async start(): Promise<void> {
    const { sources, conditionSink, pendingSamplesMax = pendingSamplesMaxDefault } = this.#options;
    const commits = new CommitLoop({ ...this.#options, pendingSamplesMax });
    this.#commits = commits;
    this.#conditions = new ConditionQueue({
      ...this.#options,
      sink: conditionSink,
      onLost: (loss) => commits.addLoss({ ...loss, reason: 'buffer-full' }),
    });
    this.#running = sources.map((source) => this.#run(source, commits));
    await Promise.all(this.#running.map(({ runner }) => runner.start()));
  }

  /** Stops the drivers and gives what they have delivered to the sink. */
  async stop(): Promise<void> {
    await Promise.all(this.#running.map(({ runner }) => runner.stop()));
    await this.#conditions?.close();
    await this.#commits?.close();
    this.#conditions = undefined;
    this.#commits = undefined;
  }

  /**
   * Runs these sources from now on; not to be called again, nor `stop`, before it resolves. One that is as before does not
   * notice. The others stop, all before any starts, as a port may go from one to another. Resolves like `start`.
   */
  async reconfigure(sources: readonly CollectorSource[]): Promise<void> {
    const commits = this.#commits;
    if (commits === undefined) return;
    const before = new Map(this.#running.map((running) => [running.source.name, running]));
    const kept = new Map<CollectorSource, RunningSource>();
    for (const source of sources) {
      const running = before.get(source.name);
      if (running === undefined || !isDeepStrictEqual(running.source, source)) continue;
      kept.set(source, running);
      before.delete(source.name);
    }
    await Promise.all([...before.values()].map(({ runner }) => runner.stop()));
    const staying = new Set(kept.values());
    // Should one that is new fail to be made, those that were stopped are not taken for running.
    this.#running = [...staying];
    this.#running = sources.map((source) => kept.get(source) ?? this.#run(source, commits));
    for (const { table } of before.values()) this.#feed.detach(table);
    const fresh = this.#running.filter((running) => !staying.has(running));
    await Promise.all(fresh.map(({ runner }) => runner.start()));
  }

  stats(): SourceStats[] {
    return this.#running.map(({ runner }) => runner.stats());
  }

  /** Tags with the last sample of each that passed on, in the order of the configuration. */
  findTags({ source, offset, limit, ...query }: TagQuery): TagPage {
    const tags: TagReading[] = [];
    let total = 0;
    for (const { source: one, table } of this.#running) {
      if (source !== undefined && one.name !== source) continue;
      const skipped = Math.max(0, offset - total);
      const found = table.find({ ...query, offset: skipped, limit: limit - tags.length });
      tags.push(...found.tags);
      total += found.total;
    }
    return { total, tags };
  }

  /** The driver of a source, for what is no poll; undefined while it does not run. */
  driverOf(source: string): Driver | undefined {
    return this.#running.find((running) => running.source.name === source)?.runner.driver;
  }

  /** Samples not yet durable. */
  get pendingSamples(): number {
    return this.#commits?.pendingSamples ?? 0;
  }

  #run(source: CollectorSource, commits: CommitLoop): RunningSource {
    const { clock, random, dataFolder } = this.#options;
    const log = this.#options.log.child({ source: source.name });
    const table = new TagTable(source, this.#places);
    this.#feed.attach(table);
    const { columns } = commits;
    const onLost = commits.addLoss.bind(commits);
    const writer = new SourceWriter({ source: source.name, table, columns, clock, log, onLost });
    const conditions = new SourceConditions({
      source: source.name,
      clock,
      add: (report) => this.#conditions?.add(report),
    });
    const feed = this.#feed;
    const runner = new SourceRunner({ source, writer, conditions, feed, clock, log, random, dataFolder });
    return { source, table, runner };
  }
}
