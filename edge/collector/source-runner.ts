import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { ConditionWriter, Driver, DriverContext } from '@gongfu/shared/sdk/driver';
import type { CollectorSource, SourceStats } from './collector-types.ts';
import { PollGrid } from './poll-grid.ts';
import type { SourceWriter } from './source-writer.ts';
import type { TagFeed } from './tag-feed.ts';

export interface SourceRunnerOptions {
  readonly source: CollectorSource;
  readonly writer: SourceWriter;
  readonly conditions: ConditionWriter;
  readonly feed: TagFeed;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly dataFolder: string;
}

/** How long a poll under way may take to end by itself when the agent stops. */
const stopPatienceMs = 2_000;

/** One source with its driver and its poll grids. A driver that cannot be loaded is told in the health, others run on. */
export class SourceRunner {
  readonly #options: SourceRunnerOptions;
  #driver: Driver | undefined;
  #grids: readonly PollGrid[] = [];
  #failure = '';
  readonly #followings: (() => void)[] = [];
  readonly #duePerSecond: number | null;

  constructor(options: SourceRunnerOptions) {
    this.#options = options;
    this.#duePerSecond = duePerSecondOf(options.source);
  }

  async start(): Promise<void> {
    const { source, writer, conditions, clock, log, random, dataFolder } = this.#options;
    try {
      const open = await source.kind.load();
      const context = {
        sourceName: source.name,
        clock,
        log,
        random,
        writer,
        conditions,
        dataFolder,
        // From the wall clock as it is now, so that a step of it is followed at once.
        midpoint: (sentMs: number, receivedMs: number) =>
          clock.now() - (clock.monotonicMs() - (sentMs + receivedMs) / 2),
        follow: (...what: Parameters<DriverContext['follow']>) => {
          const following = this.#options.feed.follow(...what);
          this.#followings.push(following.end);
          return following;
        },
      };
      const driver = open(context, source.settings, source.tags);
      this.#driver = driver;
      await driver.start();
      this.#grids = driver.groups.map((group) => this.#gridFor(driver, group));
      for (const grid of this.#grids) grid.start();
    } catch (error) {
      this.#failure = messageOf(error);
      log.error({ reason: this.#failure }, `the driver ${source.kind.id} cannot run this source`);
    }
  }

  async stop(): Promise<void> {
    const { clock, writer, log } = this.#options;
    let cancelPatience = () => {};
    const patience = new Promise<void>((resolve) => {
      cancelPatience = clock.after(stopPatienceMs, resolve);
    });
    await Promise.race([Promise.all(this.#grids.map((grid) => grid.stop())), patience]);
    cancelPatience();
    writer.close();
    try {
      await this.#driver?.stop();
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the driver did not stop cleanly');
    }
    this.#driver = undefined;
    for (const end of this.#followings.splice(0)) end();
  }

  /** Undefined while it does not run. */
  get driver(): Driver | undefined {
    return this.#driver;
  }

  stats(): SourceStats {
    const { source, writer } = this.#options;
    return {
      name: source.name,
      driver: source.kind.id,
      ...this.#health(),
      tags: source.tags.length,
      reconnectsTotal: this.#driver?.reconnectsTotal,
      duePerSecond: this.#duePerSecond,
      samplesTotal: writer.samplesTotal,
      passedTotal: writer.passedTotal,
      groups: this.#grids.map((grid) => grid.stats()),
    };
  }

  #health(): Pick<SourceStats, 'state' | 'detail'> {
    if (this.#failure !== '') return { state: 'failing', detail: this.#failure.slice(0, 500) };
    return this.#driver?.health() ?? { state: 'stopped', detail: '' };
  }

  #gridFor(driver: Driver, group: Driver['groups'][number]): PollGrid {
    const { clock, random, log } = this.#options;
    return new PollGrid({
      intervalMs: group.intervalMs,
      tags: group.tags.length,
      clock,
      random,
      poll: () => driver.poll(group),
      onError: (error) => log.error({ reason: messageOf(error) }, 'a poll failed in the driver itself'),
    });
  }
}

function duePerSecondOf({ kind, settings, tags }: CollectorSource): number | null {
  if (kind.subscribes?.(settings) === true) return null;
  const due = tags.reduce((sum, { intervalMs }) => sum + 1000 / intervalMs, 0);
  // What fractions add up to is not shown to sixteen places.
  return Math.round(due * 1e6) / 1e6;
}
