import type { Part } from '@gongfu/shared/base/lifecycle';
import type { CollectorOptions, CollectorSource, LastValue, SourceStats } from './collector-types.ts';
import { CommitLoop } from './commit-loop.ts';
import { SourceRunner } from './source-runner.ts';
import { SourceWriter } from './source-writer.ts';
import { TagTable } from './tag-table.ts';

const pendingSamplesMaxDefault = 200_000;

/** Owns the drivers: polls them on a fixed grid, thins what they deliver, and gives it to the sink in columns. */
export class Collector implements Part {
  readonly #options: CollectorOptions;
  #table: TagTable | undefined;
  #commits: CommitLoop | undefined;
  #runners: readonly SourceRunner[] = [];

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Resolves when every driver has been started; no source needs to be reachable for that. */
  async start(): Promise<void> {
    const { sources, pendingSamplesMax = pendingSamplesMaxDefault } = this.#options;
    const table = new TagTable(sources);
    const commits = new CommitLoop({ ...this.#options, pendingSamplesMax });
    this.#table = table;
    this.#commits = commits;
    this.#runners = sources.map((source) => this.#runnerFor(source, table, commits));
    await Promise.all(this.#runners.map((runner) => runner.start()));
  }

  /** Stops the drivers and gives what they have delivered to the sink. */
  async stop(): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.stop()));
    await this.#commits?.close();
    this.#commits = undefined;
  }

  stats(): SourceStats[] {
    return this.#runners.map((runner) => runner.stats());
  }

  /** The last sample of each tag that passed on; tags without one are left out. */
  lastValues(): LastValue[] {
    return this.#table?.lastValues() ?? [];
  }

  /** Samples not yet durable. */
  get pendingSamples(): number {
    return this.#commits?.pendingSamples ?? 0;
  }

  #runnerFor(source: CollectorSource, table: TagTable, commits: CommitLoop): SourceRunner {
    const { clock, random, dataFolder } = this.#options;
    const log = this.#options.log.child({ source: source.name });
    const { columns } = commits;
    const onLost = commits.addLoss.bind(commits);
    const writer = new SourceWriter({ source: source.name, table, columns, clock, log, onLost });
    return new SourceRunner({ source, writer, clock, log, random, dataFolder });
  }
}
